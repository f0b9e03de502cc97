import Foundation
import TestSupport
import Testing

/// Folders of pictures that are not as they should be, through the built program.
@Suite struct FolderTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    /// All three commands end at once with 66 and name the same thing.
    private func expectNamed(_ problem: String, location: SourceLocation = #_sourceLocation) throws
    {
        for arguments in [
            ["inspect", "pictures"], ["plan", "f.yaml"], ["run", "f.yaml", "--quiet"],
        ] {
            let started = Date()
            let result = try tiny.command(arguments)
            #expect(result.code == 66, "\(arguments)", sourceLocation: location)
            let text = result.output + result.message
            #expect(text.contains(problem), "\(arguments): \(text)", sourceLocation: location)
            #expect(Date().timeIntervalSince(started) < 30, sourceLocation: location)
        }
    }

    @Test func aFIFOIsNamedWhereAFileIsExpected() throws {
        #expect(try tiny.shell("mkfifo w.pt pictures/train/ant/a.jpg") == 0)
        try expectNamed("pictures/train/ant/a.jpg: is a FIFO, not a picture")
        #expect(try tiny.command("inspect", "w.pt").message == "w.pt: is a FIFO, not a file\n")
        let plan = try tiny.command("plan", "f.yaml", "--set", "weights=w.pt")
        #expect(plan.code == 66 && plan.output.contains("w.pt: is a FIFO, not a file"))
        #expect(
            try tiny.command("inspect", "/dev/zero").message
                == "/dev/zero: is a device, not a file\n")
        try tiny.shell("mkdir d; mkfifo d/CUB_200_2011.tgz")
        try tiny.write(
            "pipeline: p\nstages:\n  data: {uses: dataset, with: {name: cub200, root: d, tasks: 1}}\n",
            to: "c.yaml")
        let archive = try tiny.command("plan", "c.yaml")
        #expect(archive.code == 66)
        #expect(archive.output.contains("d/CUB_200_2011.tgz: is a FIFO, not a file"))
    }

    @Test func linksThatLeadBackAreNamed() throws {
        try tiny.shell("ln -s .. pictures/train/ant/l1; ln -s .. pictures/train/ant/l2")
        try expectNamed("pictures/train/ant/l1: is a link to '..', a folder that it lies in")
    }

    @Test func namesThatAreNoUTF8AreNamed() throws {
        try tiny.shell(
            #"for s in train test; do cp -r pictures/$s/ant pictures/$s/$'\xff\xfe'; done"#)
        try expectNamed(#"pictures/train: holds a name that is not UTF-8: '\xFF\xFE'"#)
    }

    @Test func aWarningOfAFolderReachesTheTerminal() throws {
        try tiny.shell(
            "mkdir pictures/train/ant/more; mv pictures/train/ant/2.png pictures/train/ant/more")
        try tiny.shell("ln -s more pictures/train/ant/again")
        let result = try tiny.run()
        #expect(result.code == 0)
        #expect(
            result.events.contains {
                $0.name == "unit-warning" && $0["unit"] == "data/split"
                    && $0["warning"]?.hasSuffix("which is read once") == true
            })
    }

    @Test func aPresplitFolderIsNeverTwoClasses() throws {
        try tiny.shell("mkdir p; cp -r pictures p/imagenet-r")
        func outcome(_ settings: String) throws -> TinyPipeline.Result {
            try tiny.write(
                """
                pipeline: c
                stages:
                  data: {uses: dataset, with: {name: imagenet-r, root: p, tasks: 2, \(settings)}}

                """, to: "c.yaml")
            return try tiny.command("run", "c.yaml")
        }
        for settings in ["split: {random: {seed: 1}}", "split: {random: {seed: 1}}, counts: any"] {
            let result = try outcome(settings)
            #expect(result.code == 66)
            #expect(
                result.message.contains("p/imagenet-r: holds the folders 'train' and 'test'"))
        }
        let strict = try outcome("split: lists")
        #expect(strict.code == 66)
        #expect(strict.message.contains("4 classes instead of 200, 8 training pictures"))
        let free = try outcome("counts: any")
        #expect(free.code == 0)
        #expect(
            try tiny.command("logs", "c.yaml", "data/split").output.contains(
                "4 classes, 8 training"))
    }

    @Test func aFolderLevelTooManyIsNamed() throws {
        let inspected = try tiny.command("inspect", "pictures/train")
        #expect(inspected.code == 66)
        #expect(
            inspected.message.hasSuffix("a dataset of kind 'image-folder' lies in 'pictures'\n"))
        for root in ["pictures/train", "."] {
            let plan = try tiny.command("plan", "f.yaml", "--set", "root=\(root)")
            #expect(plan.code == 66)
            let right = root == "." ? "./pictures" : "pictures"
            #expect(plan.output.contains("it lies in '\(right)': write that as the root"))
        }
    }

    /// Enough large files to hash for minutes.
    @Test(arguments: [SIGINT, SIGTERM]) func planningEndsOnASignal(number: Int32) throws {
        try tiny.shell(
            "for i in $(seq 1000 3000); do truncate -s 300M pictures/train/ant/$i.png; done")
        let running = try tiny.program.start(["run", "f.yaml", "--json"])
        running.waitFor("run-started")
        // The signal is to come while files are hashed.
        running.waitAtMost(1)
        let asked = Date()
        running.signal(number)
        let outcome = running.wait()
        #expect(outcome.exitCode == 130, "\(outcome.output)\(outcome.errors)")
        #expect(Date().timeIntervalSince(asked) < 30)
        let events = Event.list(outcome.output)
        #expect(events.last?.name == "run-finished" && events.last?.count("exit") == 130)
        #expect(events.allSatisfy { $0["outcome"] != "failed" })
    }
}
