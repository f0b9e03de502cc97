import Data
import Foundation
import Pipeline
import TestSupport
import Testing

/// What the dataset doctor finds, and what it says to do.
@Suite struct DatasetDoctorTests {
    let folder: TemporaryFolder
    var root: String { folder.path("pictures") }
    private var base: String { String(root.dropLast("/pictures".count)) }

    init() throws {
        folder = try TemporaryFolder()
        for (level, name) in ["ant", "bee"].enumerated() {
            for (index, file) in ["train/\(name)/1", "train/\(name)/2", "test/\(name)/3"]
                .enumerated()
            {
                try write(Self.picture(100 * level + 10 * index), to: "\(file).png")
            }
        }
    }

    private static func picture(_ level: Int) -> [UInt8] {
        let rows = (0..<8).map { row in
            (0..<8).map { UInt8(truncatingIfNeeded: level + 3 * $0 + row) }
        }
        return PNGBuilder.file(width: 8, height: 8, depth: 8, colorType: 0, rows: rows)
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        try folder.write(bytes, to: "pictures/\(name)")
    }

    private func report(threads: Int = 2) throws -> DatasetReport {
        let doctor = DatasetDoctor(ImageFolder(root: root), path: root, threads: threads)
        return try doctor.examine { _, _ in }
    }

    private func text(_ report: DatasetReport) -> String {
        "\(report)".replacing(base, with: "DIR")
    }

    @Test func aSoundDatasetHasNoFinding() throws {
        let report = try report()
        #expect(report.severity == nil)
        #expect(
            text(report) == """
                DIR/pictures: dataset of kind 'image-folder', 2 classes, 4 training and 2 test pictures
                  0  ant  2 training, 1 test
                  1  bee  2 training, 1 test
                every picture can be read
                """)
    }

    @Test(arguments: [1, 3]) func unreadablePicturesAreNamedAndMovedAside(threads: Int) throws {
        try write(Array(Self.picture(0).prefix(50)), to: "train/bee/cut's.png")
        try write([], to: "test/ant/empty.jpg")
        try write(Array("GIF89a".utf8), to: "train/ant/moving.gif")
        let report = try report(threads: threads)
        #expect(report.severity == .unreadable)
        let finding = try #require(report.findings.first)
        #expect(report.findings.count == 1 && finding.name == "unreadable-pictures")
        #expect(finding.problem == "3 pictures cannot be read")
        #expect(
            finding.places.map { $0.prefix { $0 != ":" } } == [
                "train/ant/moving.gif", "train/bee/cut's.png", "test/ant/empty.jpg",
            ])
        #expect(finding.places[0].hasSuffix(": truncated: it ends after 6 bytes"))
        #expect(
            finding.fix.map { $0.replacing(base, with: "DIR") } == [
                "mkdir -p DIR/pictures.aside/train/ant && mv -n DIR/pictures/train/ant/moving.gif "
                    + "DIR/pictures.aside/train/ant",
                "mkdir -p DIR/pictures.aside/train/bee && mv -n "
                    + "'DIR/pictures/train/bee/cut'\\''s.png' DIR/pictures.aside/train/bee",
                "mkdir -p DIR/pictures.aside/test/ant && mv -n DIR/pictures/test/ant/empty.jpg "
                    + "DIR/pictures.aside/test/ant",
            ])
    }

    @Test func equalPicturesInTrainAndTestAreFound() throws {
        try write(Self.picture(10), to: "test/ant/same.png")
        let report = try report()
        #expect(report.severity == .problem)
        #expect(
            text(report).hasSuffix(
                """
                problem: 1 picture of the test part is also in the training part
                  train/ant/2.png (ant) = test/ant/same.png (ant)
                  fix: mkdir -p DIR/pictures.aside/train/ant && mv -n \
                DIR/pictures/train/ant/2.png DIR/pictures.aside/train/ant
                every picture can be read
                """), "\(report)")
    }

    @Test func equalPicturesUnderSeveralLabelsAreFound() throws {
        try write(Self.picture(0), to: "train/bee/0.png")
        let report = try report()
        #expect(report.severity == .problem)
        #expect(
            text(report).hasSuffix(
                """
                problem: 1 picture has several classes in one part
                  train/ant/1.png (ant) = train/bee/0.png (bee)
                  fix: mkdir -p DIR/pictures.aside/train/ant && mv -n \
                DIR/pictures/train/ant/1.png DIR/pictures.aside/train/ant  or  \
                mkdir -p DIR/pictures.aside/train/bee && mv -n \
                DIR/pictures/train/bee/0.png DIR/pictures.aside/train/bee
                every picture can be read
                """), "\(report)")
    }

    @Test func aLayoutThatCannotBeListedIsOneFinding() throws {
        try FileManager.default.removeItem(atPath: root + "/test/bee")
        let report = try report()
        #expect(report.severity == .unreadable && report.classes.isEmpty)
        #expect(
            text(report) == """
                DIR/pictures: dataset of kind 'image-folder'
                problem: DIR/pictures/test/bee: does not exist, but 'train/bee' does
                  fix: every class has a folder in 'train' and in 'test'
                """)
    }

    /// The lists of CUB-200-2011 without a picture: the figures are right, and every picture is missing.
    @Test(.enabled(if: SharedData.real != nil, "needs the shared real data"))
    func listsWithoutPicturesAreReportedWhole() throws {
        let lists = try #require(SharedData.real).appending(path: "lists").path
        let dataset = CUB200(root: lists)
        let report = try DatasetDoctor(dataset, path: lists, threads: 2).examine { _, _ in }
        let official = try #require(dataset.official)
        #expect(report.classes.count == official.classes)
        #expect(report.classes.reduce(0) { $0 + $1.train } == official.train)
        #expect(report.findings.map(\.name) == ["unreadable-pictures"])
        let finding = try #require(report.findings.first)
        #expect(finding.places.count == official.train + official.test)
        #expect(finding.places.allSatisfy { $0.hasSuffix(": does not exist") })
        #expect(
            finding.fix.map { $0.replacing(lists, with: "LISTS") } == [
                "mkdir -p LISTS.aside && mv -n LISTS/CUB_200_2011 LISTS.aside && "
                    + "hide-pipeline fetch cub200 --root LISTS"
            ])
    }

    /// Fewer pictures than published, and a picture twice, in a packed dataset.
    @Test func figuresAreComparedWithTheOfficialOnes() throws {
        let names = (0..<10).map { "class-\($0)" }.joined(separator: "\n")
        let bin = "cifar-10-batches-bin"
        try write(Array(names.utf8), to: "\(bin)/batches.meta.txt")
        for batch in 1...5 {
            try write(
                Self.record(label: batch, level: UInt8(batch)), to: "\(bin)/data_batch_\(batch).bin"
            )
        }
        try write(
            Self.record(label: 9, level: 100) + Self.record(label: 3, level: 3),
            to: "\(bin)/test_batch.bin")
        let report = try DatasetDoctor(CIFAR10(root: root), path: root, threads: 1).examine {
            _, _ in
        }
        #expect(report.severity == .unreadable)
        #expect(report.findings.map(\.name) == ["counts", "equal-in-train-and-test"])
        #expect(
            report.findings[0].problem == "the official figures are others: 5 training pictures "
                + "instead of 50000, 2 test pictures instead of 10000")
        // Batch 1 holds a picture of class 1, …; the test part classes 9 and 3.
        #expect(report.findings[0].places.count == 20)
        #expect(
            report.findings[0].places.prefix(3) == [
                "class 0 (class-0): 0 training pictures instead of 5000",
                "class 0 (class-0): 0 test pictures instead of 1000",
                "class 1 (class-1): 1 training pictures instead of 5000",
            ])
        let command =
            "mkdir -p DIR/pictures.aside && mv -n DIR/pictures/\(bin) DIR/pictures.aside && "
            + "hide-pipeline fetch cifar10 --root DIR/pictures"
        for finding in report.findings {
            #expect(finding.fix.last?.replacing(base, with: "DIR") == command)
        }
    }

    @Test func archivesThatAreNotUnpackedAreRecognised() throws {
        try write([1], to: "../shelf/CUB_200_2011.tgz")
        let path = folder.path("shelf")
        let datasets = try Inspection.datasets(in: path)
        #expect(datasets.map { type(of: $0).name } == ["cub200"])
        let report = try DatasetDoctor(try #require(datasets.first), path: path, threads: 1)
            .examine { _, _ in }
        #expect(report.severity == .unreadable)
        #expect(
            text(report) == """
                DIR/shelf: dataset of kind 'cub200'
                problem: the archives of 'cub200' are here and not unpacked
                  fix: any run unpacks them; so does:
                       hide-pipeline fetch cub200 --root DIR/shelf --keep-archives
                """)
    }

    /// Every kind is recognised by what its archives unpack to; several may share a folder.
    @Test func everyPublishedKindIsRecognised() throws {
        let kinds = FetchItem.catalog.filter { $0.kind == .dataset }
        for item in kinds {
            for place in item.files.flatMap({ $0.products(below: ".") }) {
                try write([1], to: "../all/\(place)/x")
                try write([1], to: "../\(item.name)/\(place)/x")
            }
            let found = try Inspection.datasets(in: folder.path(item.name))
            #expect(found.map { type(of: $0).name } == [item.name])
        }
        let all = try Inspection.datasets(in: folder.path("all")).map { type(of: $0).name }
        #expect(all.sorted() == kinds.map(\.name).sorted())
        #expect(try Inspection.datasets(in: root).map { type(of: $0).name } == ["image-folder"])
        #expect(try Inspection.datasets(in: folder.path("absent")).isEmpty)
    }

    /// A record of the binary version of CIFAR-10.
    private static func record(label: Int, level: UInt8) -> [UInt8] {
        [UInt8(label)] + [UInt8](repeating: level, count: 3072)
    }
}
