import TestSupport
import Testing

/// Inputs that are missing or unreadable (exit code 66): the whole message, and what runs anyway.
@Suite struct MissingInputTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    /// What needs neither pictures nor weights.
    static let independent = ["other-data/split", "probe/probe"]
    static let modelUnits = [
        "model/initial", "model/train[1]", "model/train[2]", "scores/evaluate[1]",
        "scores/evaluate[2]", "scores/summary",
    ]

    @Test func aMissingPipelineFileIsNamed() throws {
        try tiny.remove("f.yaml")
        for command in ["run", "plan", "validate", "status", "results"] {
            let result = try tiny.command(command, "f.yaml")
            #expect(result.code == 66)
            #expect(
                result.message == "f.yaml: the pipeline file cannot be read: no such file\n")
        }
        #expect(try tiny.run().code == 66)
    }

    /// Damage to the dataset's folder, and what is said of it.
    struct Damage: Sendable, CustomTestStringConvertible {
        let name: String
        let removed: String
        let added: String?
        let message: String

        var testDescription: String { name }
    }

    static let damages = [
        Damage(
            name: "no folder", removed: "pictures", added: nil,
            message: """
                pictures: does not exist
                  hint: an image folder holds train/CLASS/ and test/CLASS/ with pictures
                """),
        Damage(
            name: "no test part", removed: "pictures/test", added: nil,
            message: """
                pictures/test: does not exist
                  hint: an image folder holds train/CLASS/ and test/CLASS/ with pictures
                """),
        Damage(
            name: "an empty class", removed: "pictures/train/bee",
            added: "pictures/train/bee/notes.txt",
            message: """
                pictures/train/bee: holds no picture
                  hint: put pictures into it, or move the folders of the class away
                """),
        Damage(
            name: "a class in test only", removed: "pictures/train/bee", added: nil,
            message: """
                pictures/test/bee: is a class without a folder in 'train'
                  hint: every class has a folder in 'train' and in 'test'
                """),
        Damage(
            name: "a class in train only", removed: "pictures/test/bee", added: nil,
            message: """
                pictures/test/bee: does not exist, but 'train/bee' does
                  hint: every class has a folder in 'train' and in 'test'
                """),
    ]

    @Test(arguments: damages) func damageToADatasetIsNamed(damage: Damage) throws {
        try tiny.remove(damage.removed)
        if let added = damage.added { try tiny.write("", to: added) }
        let result = try tiny.run()
        #expect(result.code == 66)
        #expect(result.message == "unit 'data/split': \(damage.message)\n")
        #expect(result.units("failed") == ["data/split"])
        #expect(result.units("blocked") == Self.modelUnits)
        #expect(result.units("executed") == ["backbone/load"] + Self.independent)
    }

    @Test func moreTasksThanClassesIsNamed() throws {
        try tiny.write(
            TinyPipeline.text.replacing("tasks: 2}}", with: "tasks: 5}}"), to: "f.yaml")
        let result = try tiny.run()
        #expect(result.code == 66)
        #expect(
            result.message == """
                unit 'data/split' (KEY): pictures: 4 classes do not fill 5 equal tasks
                  hint: the parameter 'tasks' sets the number of tasks

                """)
    }

    @Test func aMissingCheckpointIsNamedAndNothingFinishedIsLost() throws {
        try tiny.remove("tiny.safetensors")
        let result = try tiny.run()
        #expect(result.code == 66)
        #expect(
            result.message == """
                unit 'backbone/load': tiny.safetensors: does not exist
                  hint: the parameter 'path' of the stage names the checkpoint file; \
                'hide-pipeline fetch --list' shows files that can be had

                """)
        #expect(result.units("executed") == ["data/split", "model/initial"] + Self.independent)
        try tiny.write(TinyPipeline.safetensors(TinyPipeline.weights), to: "tiny.safetensors")
        let second = try tiny.run()
        #expect(second.code == 0 && second.message.isEmpty)
        #expect(Set(second.units("reused")) == Set(result.units("executed")))
    }

    /// Units with a missing source of their own come first; those that merely wait are one line.
    @Test func thePlanListsWhatIsMissingFirst() throws {
        try tiny.remove("tiny.safetensors")
        try tiny.remove("pictures/test/bee")
        let plan = try tiny.command("plan", "f.yaml")
        #expect(plan.code == 66 && plan.message.isEmpty)
        #expect(
            plan.output == """
                missing input  backbone/load: tiny.safetensors: does not exist; \
                the parameter 'path' of the stage names the checkpoint file; \
                'hide-pipeline fetch --list' shows files that can be had
                missing input  data/split: pictures/test/bee: does not exist, but 'train/bee' does; \
                every class has a folder in 'train' and in 'test'
                6 units wait for these
                run  other-data/split  (never run)
                run  probe/probe  (never run)

                rates of model, tasks 1-2: pet, head 7.813e-05

                2 to run; 2 with missing inputs; 6 waiting for those

                """)
        let json = try tiny.command("plan", "f.yaml", "--json")
        #expect(json.code == 66)
        for unit in Self.modelUnits + Self.independent + ["backbone/load", "data/split"] {
            #expect(json.output.contains("{\"unit\":\"\(unit)\""))
        }
    }

    /// What is published can be fetched: the message ends with the command.
    @Test(arguments: [
        (
            "checkpoint, with: {weights: deit}",
            "backbone/load",
            "checkpoints/deit_base_patch16_224-b5f2ef4d.pth: does not exist",
            "hide-pipeline fetch deit"
        ),
        (
            "checkpoint, with: {weights: mae, path: own/my mae.pth}",
            "backbone/load", "own/my mae.pth: does not exist",
            "hide-pipeline fetch mae --to 'own/my mae.pth'"
        ),
    ])
    func aMissingNamedCheckpointIsFetched(
        stage: String, unit: String, problem: String, command: String
    ) throws {
        try tiny.write("pipeline: p\nstages:\n  backbone: {uses: \(stage)}\n", to: "f.yaml")
        let result = try tiny.run()
        #expect(result.code == 66)
        #expect(result.message == "unit '\(unit)': \(problem)\n  hint: \(command)\n")
        let plan = try tiny.command("plan", "f.yaml")
        #expect(plan.code == 66)
        #expect(plan.output.hasPrefix("missing input  \(unit): \(problem); \(command)\n"))
    }

    /// So does that about a missing dataset; where a part is there, it is the doctor who knows more.
    @Test(arguments: [
        (
            "cub200, root: datasets", "datasets/CUB_200_2011/images.txt: does not exist",
            "'datasets' must hold the folder 'CUB_200_2011' as in CUB_200_2011.tgz; "
                + "get it by: hide-pipeline fetch cub200"
        ),
        (
            "svhn, root: /nowhere/at all", "/nowhere/at all/train_32x32.mat: does not exist",
            "'/nowhere/at all' must hold train_32x32.mat and test_32x32.mat of SVHN; "
                + "get it by: hide-pipeline fetch svhn --root '/nowhere/at all'"
        ),
        (
            "cub200, root: half", "half/CUB_200_2011/images.txt: does not exist",
            "'half' must hold the folder 'CUB_200_2011' as in CUB_200_2011.tgz; "
                + "all that is wrong with it: hide-pipeline inspect half"
        ),
    ])
    func aMissingDatasetIsFetched(dataset: String, problem: String, hint: String) throws {
        try tiny.write("1 a\n", to: "half/CUB_200_2011/classes.txt")
        try tiny.write(
            "pipeline: p\nstages:\n  data: {uses: dataset, with: {name: \(dataset), tasks: 1}}\n",
            to: "f.yaml")
        let result = try tiny.run()
        #expect(result.code == 66)
        #expect(result.message == "unit 'data/split': \(problem)\n  hint: \(hint)\n")
        let plan = try tiny.command("plan", "f.yaml")
        #expect(plan.code == 66)
        #expect(plan.output.hasPrefix("missing input  data/split: \(problem); \(hint)\n"))
    }
}
