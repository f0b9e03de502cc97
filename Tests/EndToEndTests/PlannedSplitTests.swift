import Foundation
import TestSupport
import Testing

/// A table that would be refused for results of different splits is refused before anything is computed.
@Suite struct PlannedSplitTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    private static let hint =
        "  hint: 'different-splits: allowed' in the table shows them side by side\n"

    /// Two probes, each of a dataset of its own.
    private func text(_ first: String, _ second: String, table: String = "") -> String {
        """
        pipeline: p
        variables: {seed: 1}
        stages:
          one: {uses: dataset, with: {\(first)}}
          two: {uses: dataset, with: {\(second)}}
          a: {uses: linear-probe, needs: {data: one}, with: {image-size: 4, steps: 1}}
          b: {uses: linear-probe, needs: {data: two}, with: {image-size: 4, steps: 1}}
        tables:
          - {title: T, rows: {A: a, B: b}, columns: [faa]\(table)}

        """
    }

    private let embedded =
        "name: embedded, classes: continual, train-per-class: 1, tasks: 2, test-per-class: "

    @Test func parametersThatDivideOtherwiseAreAMistakeOfTheFile() throws {
        let message = """
            f.yaml:9:5: table 'T': 'A' (a) and 'B' (b) are results of different splits of pictures, \
            embedded continual classes, seed 1, 32 × 32 pixels, 1 + 1 a class and \
            embedded continual classes, seed 1, 32 × 32 pixels, 1 + 2 a class

            """ + Self.hint
        try tiny.write(text(embedded + "1", embedded + "2"), to: "f.yaml")
        for command in ["validate", "plan", "run"] {
            let result = try tiny.command(command, "f.yaml")
            #expect(result.code == 65)
            #expect(result.message == message)
        }
        try tiny.write(
            text(embedded + "1", embedded + "2", table: ", different-splits: allowed"), to: "f.yaml"
        )
        #expect(try tiny.command("validate", "f.yaml").code == 0)
        try tiny.write(
            text(embedded + "1", (embedded + "1").replacing("tasks: 2", with: "tasks: 1")),
            to: "f.yaml")
        #expect(try tiny.command("validate", "f.yaml").code == 0, "other tasks of one split")
    }

    /// Kinds of which one is certainly not the other, a drawn split against another, a sequence.
    @Test(arguments: [
        ("name: cifar10, root: d, tasks: 2", "name: cifar100, root: d, tasks: 2"),
        ("name: cub200, root: d, tasks: 2", "name: imagenet-r, root: d, tasks: 2"),
        (
            "name: imagenet-r, root: d, tasks: 2, split: {random: {seed: 1}}",
            "name: imagenet-r, root: d, tasks: 2, split: {random: {seed: 2}}"
        ),
        (
            "name: sequence, datasets: [{name: mnist, root: m}, {name: svhn, root: s}]",
            "name: sequence, datasets: [{name: mnist, root: m}, {name: svhn, root: s, first-classes: 5}]"
        ),
    ])
    func certainDifferencesAreTold(first: String, second: String) throws {
        try tiny.write(text(first, second), to: "f.yaml")
        let result = try tiny.command("validate", "f.yaml")
        #expect(result.code == 65)
        #expect(
            result.message.hasPrefix(
                "f.yaml:9:5: table 'T': 'A' (a) and 'B' (b) are results of different splits of "
                    + "pictures, "), "\(result.message)")
    }

    @Test func anAxisThatDividesOtherwiseIsTold() throws {
        let seeded = "name: imagenet-r, root: d, tasks: 2, split: {random: {seed: \"${seed}\"}}"
        try tiny.write(
            text(seeded, seeded) + "matrix: {seed: [1, 2]}\n", to: "f.yaml")
        let result = try tiny.command("validate", "f.yaml")
        #expect(result.code == 65)
        #expect(
            result.message == """
                f.yaml:9:5: table 'T': 'A' (a{seed=1}) and 'A' (a{seed=2}) are results of different \
                splits of pictures, imagenet-r, random split of seed 1, 0.8 for training and \
                imagenet-r, random split of seed 2, 0.8 for training

                """ + Self.hint)
    }

    /// What only the pictures tell is told by the plan: a copy is the same split, one with a picture less
    /// is another.
    @Test func picturesThatDifferAreToldByThePlan() throws {
        func folder(_ root: String) -> String {
            "name: image-folder, root: \(root), tasks: 2, normalize: symmetric"
        }
        try FileManager.default.copyItem(
            at: tiny.folder.url.appending(path: "pictures"),
            to: tiny.folder.url.appending(path: "copy"))
        try tiny.write(text(folder("pictures"), folder("copy")), to: "f.yaml")
        #expect(try tiny.command("plan", "f.yaml").code == 0)
        try tiny.remove("copy/train/ant/1.png")
        #expect(try tiny.command("validate", "f.yaml").code == 0)
        for command in ["plan", "run"] {
            let result = try tiny.command(command, "f.yaml")
            #expect(result.code == 65)
            let digests = result.message.matches(of: #/[0-9a-f]{12}/#).map(\.output)
            #expect(Set(digests).count == 2)
            #expect(
                result.message.replacing(#/[0-9a-f]{12}/#, with: "DIGEST") == """
                    f.yaml:9:5: table 'T': 'A' (a) and 'B' (b) are results of different splits of \
                    pictures, DIGEST and DIGEST

                    """ + Self.hint)
            #expect(!result.output.contains("executed"))
        }
        try tiny.write(
            text(folder("pictures"), folder("copy"), table: ", different-splits: allowed"),
            to: "f.yaml")
        #expect(try tiny.command("run", "f.yaml").code == 0)
    }

    @Test func tasksThatTheClassesCannotFillAreTold() throws {
        try tiny.write(
            TinyPipeline.text.replacing("\"${root}\", tasks: 2", with: "\"${root}\", tasks: 3"),
            to: "f.yaml")
        let problem = "pictures: 4 classes do not fill 3 equal tasks"
        let plan = try tiny.command("plan", "f.yaml", "--set", "rate=0.1")
        #expect(plan.code == 66)
        #expect(
            plan.output.hasPrefix(
                "missing input  data/split: \(problem); the parameter 'tasks' sets the number of tasks\n"
            ), "\(plan.output)")
        let run = try tiny.command("run", "f.yaml", "--until", "scores")
        #expect(run.code == 66)
        #expect(run.message.contains(problem))
        #expect(!run.output.contains("executed     model/train"))
    }
}
