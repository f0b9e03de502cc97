import TestSupport
import Testing

/// Stores that cannot be read or written (exit code 74), and failures side by side.
@Suite struct StoreFaultTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    @Test func aStoreThatIsAFileIsNamed() throws {
        let message = """
            store 'tiny.safetensors': cannot open 'tiny.safetensors': Not a directory
              hint: name a folder with --store

            """
        let run = try tiny.run("--store", "tiny.safetensors")
        #expect(run.code == 74 && run.message == message)
        for command in ["plan", "status", "results"] {
            let result = try tiny.command(command, "f.yaml", "--store", "tiny.safetensors")
            #expect(result.code == 74 && result.message == message && result.output.isEmpty)
        }
        let list = try tiny.command("store", "list", "--store", "tiny.safetensors")
        #expect(list.code == 74 && list.message == message && list.output.isEmpty)
    }

    @Test func aStoreOfAnotherFormatIsLeftAlone() throws {
        try tiny.write("another store 7\n", to: "old/v1/format")
        let result = try tiny.run("--store", "old")
        #expect(result.code == 74)
        #expect(
            result.message == """
                store 'old' has the format 'another store 7', this program reads and writes \
                'hide-pipeline store 1'
                  hint: name another folder with --store

                """)
    }

    /// A disk that fills up at several moments: one message, and after room is made the run
    /// completes without repeating what was finished.
    @Test(
        .enabled(if: SmallDisk.isAvailable, "needs the right to mount a disk in memory"),
        arguments: [8, 40, 70, 100])
    func aFullDiskEndsTheRunAndLosesNothing(freeKilobytes: Int) throws {
        #expect(try tiny.run("--store", "untouched").code == 0)
        let disk = try SmallDisk()
        try disk.fill(leaving: freeKilobytes << 10)
        let first = try tiny.run("--store", disk.path)
        #expect(first.code == 74)
        let failed = first.units("failed")
        #expect(failed.count == 1)
        let message = first.message.replacing(disk.path, with: "DISK")
            .replacing(#/'DISK\/v1[^']*'/#, with: "FILE")
            .replacing("cannot create", with: "cannot write")
        #expect(
            message == """
                unit '\(failed.first ?? "")' (KEY): store 'DISK': cannot write FILE: \
                No space left on device
                  hint: free space, then run again: everything that is finished is kept

                """)
        try disk.empty()
        let second = try tiny.run("--store", disk.path)
        #expect(second.code == 0 && second.message.isEmpty)
        #expect(Set(second.units("executed")).isDisjoint(with: first.units("executed")))
        #expect(
            try tiny.program.digests(store: disk.path)
                == tiny.program.digests(store: "untouched"))
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount a disk in memory"))
    func aReadOnlyStoreIsNamedAndStillReused() throws {
        let disk = try SmallDisk()
        let first = try tiny.run("--store", disk.path, "--until", "data")
        #expect(first.code == 0)
        try disk.setReadOnly(true)
        let refused = try tiny.run("--store", disk.path)
        #expect(refused.code == 74)
        #expect(refused.units("reused") == ["data/split"])
        #expect(refused.units("failed") == ["backbone/load"])
        #expect(
            refused.message.replacing(disk.path, with: "DISK") == """
                unit 'backbone/load' (KEY): store 'DISK': cannot create 'DISK/v1/locks/KEY': \
                Read-only file system
                  hint: make the folder writable or name another one with --store

                """)
        let reused = try tiny.run("--store", disk.path, "--until", "data")
        #expect(reused.code == 0 && reused.message.isEmpty)
        try disk.setReadOnly(false)
        let second = try tiny.run("--store", disk.path)
        #expect(second.code == 0 && second.units("reused") == ["data/split"])
    }

    // MARK: Failures of units

    /// What is said of a rate beyond all numbers of single precision.
    private static let divergence = """
        unit 'model/train[1]' (KEY): the loss is nan at task 1, epoch 1, step 2; pictures \
        train/ant/1.png, train/ant/2.png
          hint: a lower learning rate or a 'clip-norm' usually helps

        """

    @Test func aLossThatIsNotFiniteIsOneMessageWithItsPlace() throws {
        let result = try tiny.run("--set", "rate=1e50")
        #expect(result.code == 1)
        #expect(result.message == Self.divergence)
        #expect(result.units("failed") == ["model/train[1]"])
        #expect(result.units("blocked") == Array(MissingInputTests.modelUnits[2...]))
        let again = try tiny.run()
        #expect(again.code == 0)
        #expect(Set(again.units("executed")).isDisjoint(with: result.units("executed")))
    }

    /// Features near the greatest number: the loss is still one, its gradient is not.
    @Test func aGradientThatIsNotFiniteIsNamedAsSuch() throws {
        let weights = TinyPipeline.safetensors(
            TinyPipeline.weights, heights: ["norm.weight": 2.5e38])
        try tiny.write(weights, to: "tiny.safetensors")
        let result = try tiny.run()
        #expect(result.code == 1)
        #expect(
            result.message.replacing(#/loss [0-9.]+e\+36/#, with: "loss NUMBER") == """
                unit 'model/train[1]' (KEY): the gradient is not finite (loss NUMBER) at task 1, \
                epoch 1, step 1; pictures train/bee/1.png, train/bee/2.png
                  hint: a lower learning rate or a 'clip-norm' usually helps

                """)
    }

    /// The last step's damage shows in no loss of that training.
    @Test func parametersThatAreNotFiniteAreNoResult() throws {
        try tiny.write(TinyPipeline.text.replacing("size: 2}", with: "size: 4}"), to: "f.yaml")
        let result = try tiny.run("--set", "rate=1e50")
        #expect(result.code == 1)
        #expect(
            result.message == """
                unit 'model/train[1]' (KEY): the parameter 'lora_layer.k_lora_A' is not finite \
                at the end of task 1
                  hint: a lower learning rate or a 'clip-norm' usually helps

                """)
        #expect(result.units("failed") == ["model/train[1]"])
    }

    /// A failed unit (1) and a missing input (66): the missing input decides.
    @Test func ofTwoFailuresTheMissingInputDecides() throws {
        let probe = """
              none: {uses: dataset, with: {name: image-folder, root: none, tasks: 1}}
              bare: {uses: linear-probe, needs: {data: none}, with: {image-size: 4}}

            """
        try tiny.write(TinyPipeline.text + probe, to: "f.yaml")
        let result = try tiny.run("--set", "rate=1e50")
        #expect(result.code == 66)
        #expect(
            result.message == """
                unit 'none/split': none: does not exist
                  hint: an image folder holds train/CLASS/ and test/CLASS/ with pictures

                """ + Self.divergence)
    }
}
