import Data
import Foundation
import Pipeline
import TestSupport
import Testing

/// What the program advises to do with the user's files.
@Suite struct AdviceTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static func sources() throws -> [(path: String, text: String)] {
        let root = SharedData.packageRoot.appending(path: "Sources")
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
        return try names.filter { $0.hasSuffix(".swift") }.map {
            ($0, try String(contentsOf: root.appending(path: $0), encoding: .utf8))
        }
    }

    /// No text of the program holds a command that removes something.
    @Test func nothingThatIsPrintedRemovesAFile() throws {
        let sources = try Self.sources()
        #expect(sources.count > 200)
        for (path, text) in sources {
            for line in text.split(separator: "\n") {
                let literals = line.split(separator: "\"", omittingEmptySubsequences: false)
                    .enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
                #expect(
                    !literals.contains { $0.contains(#/(^|[^a-z])(rm|rmdir|unlink|shred) /#) },
                    "\(path): \(line)")
            }
        }
    }

    /// Names that a shell would take apart; the commands of the doctor move exactly these files.
    @Test(arguments: [
        "plain.png", "two words.png", "it's.png", "-rf.png", "$HOME.png", "a\nb.png", "*.png",
        "\u{1B}[31m.png", "caf\u{E9}.png", "back\\slash.png", "\"quoted\".png", "`id`.png",
    ])
    func commandsMoveTheFileThatTheyAreAbout(name: String) throws {
        let picture = PNGBuilder.file(width: 1, height: 1, depth: 8, colorType: 0, rows: [[1]])
        let root = "my 'pictures'"
        for place in ["train/-a b/1.png", "test/-a b/2.png"] {
            try folder.write(picture + Array(place.utf8), to: "\(root)/\(place)")
        }
        try folder.write([1, 2, 3], to: "\(root)/train/-a b/\(name)")
        let path = folder.path(root)
        let report = try DatasetDoctor(ImageFolder(root: path), path: path, threads: 1)
            .examine { _, _ in }
        let finding = try #require(report.findings.first { $0.name == "unreadable-pictures" })
        #expect(finding.fix.count == 1)
        #expect(!"\(report)".unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", finding.fix[0]]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(finding.fix)")
        let files = FileManager.default
        #expect(!files.fileExists(atPath: folder.path("\(root)/train/-a b/\(name)")))
        #expect(
            try files.contentsOfDirectory(atPath: folder.path("\(root).aside/train/-a b")) == [name]
        )
        #expect(
            try files.contentsOfDirectory(atPath: folder.path("\(root)/train/-a b")) == ["1.png"])
    }

    /// Two pictures of one name from two folders do not take each other's place.
    @Test func whatIsMovedAsideKeepsItsFolder() throws {
        let picture = PNGBuilder.file(width: 1, height: 1, depth: 8, colorType: 0, rows: [[1]])
        for name in ["a", "b"] {
            try folder.write(picture + [1], to: "d/train/\(name)/1.png")
            try folder.write(picture + Array(name.utf8), to: "d/test/\(name)/1.png")
            try folder.write([9], to: "d/train/\(name)/x.png")
        }
        let path = folder.path("d")
        let report = try DatasetDoctor(ImageFolder(root: path), path: path, threads: 1)
            .examine { _, _ in }
        #expect(
            report.findings[0].fix.map { $0.replacing(path, with: "D") } == [
                "mkdir -p D.aside/train/a && mv -n D/train/a/x.png D.aside/train/a",
                "mkdir -p D.aside/train/b && mv -n D/train/b/x.png D.aside/train/b",
            ])
    }

    /// Missing lists are fetched; the pictures stay where they are.
    @Test func missingListsMoveNoPicture() throws {
        try folder.write([1], to: "imagenet-r/n1/x.jpg")
        let path = folder.url.path
        let report = try DatasetDoctor(ImageNetR(root: path), path: path, threads: 1)
            .examine { _, _ in }
        #expect(report.findings[0].problem == "\(path)/imagenet-r_train.yaml: does not exist")
        #expect(report.findings[0].fix == ["hide-pipeline fetch imagenet-r --root \(path)"])
    }

    // MARK: Length

    /// A thousand classes, and as many equal pictures: nothing is long, and JSON has all.
    @Test func aReportStaysReadable() throws {
        let picture = PNGBuilder.file(width: 1, height: 1, depth: 8, colorType: 0, rows: [[1]])
        for index in 0..<300 {
            try folder.write(picture, to: "train/class-\(index)/1.png")
            try folder.write(picture + [0], to: "test/class-\(index)/1.png")
        }
        let path = folder.url.path
        let report = try DatasetDoctor(ImageFolder(root: path), path: path, threads: 1)
            .examine { _, _ in }
        let finding = try #require(report.findings.first)
        #expect(finding.name == "equal-with-different-labels" && finding.places.count == 2)
        #expect(finding.places[0].components(separatedBy: " = ").count == 300)
        let lines = "\(report)".split(separator: "\n")
        #expect(lines.count < 40, "\(lines.count)")
        #expect(lines.allSatisfy { $0.count < 500 })
        #expect(lines.contains("  and 280 more classes, which --json shows"))
        #expect(lines.contains("  a class has 1 training and 1 test pictures"))
        #expect(lines.contains { $0.hasSuffix(" = 296 more") })
        #expect(report.classes.count == 300)
    }

    @Test func classesOfDifferentSizesAreTold() throws {
        for (name, count) in [("ant", 1), ("longer-name", 12)] {
            for index in 0..<count {
                let level = UInt8(20 * count + index)
                try folder.write(
                    PNGBuilder.file(width: 1, height: 1, depth: 8, colorType: 0, rows: [[level]]),
                    to: "train/\(name)/\(index).png")
            }
            try folder.write(
                PNGBuilder.file(
                    width: 1, height: 1, depth: 8, colorType: 0, rows: [[UInt8(count)]]),
                to: "test/\(name)/1.png")
        }
        let path = folder.url.path
        let report = try DatasetDoctor(ImageFolder(root: path), path: path, threads: 1)
            .examine { _, _ in }
        #expect(
            "\(report)".replacing(path, with: "DIR") == """
                DIR: dataset of kind 'image-folder', 2 classes, 13 training and 2 test pictures
                  0  ant          1 training, 1 test
                  1  longer-name  12 training, 1 test
                  a class has 1 to 12 training and 1 test pictures
                every picture can be read
                """)
    }
}
