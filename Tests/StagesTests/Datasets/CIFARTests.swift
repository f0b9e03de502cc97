import Data
import Foundation
import Pipeline
import TestSupport
import Testing

@Suite struct CIFARTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A record whose planes are `level`, `level + 1` and `level + 2`; the first pixel of each is 0.
    private func record(_ labels: [UInt8], level: UInt8) -> [UInt8] {
        labels + (0..<3).flatMap { [0] + [UInt8](repeating: level + $0, count: 1023) }
    }

    private func fillTen() throws {
        for batch in 1...5 {
            let start = UInt8(batch * 10)
            try folder.write(
                record([UInt8(batch)], level: start) + record([0], level: start + 5),
                to: "cifar-10-batches-bin/data_batch_\(batch).bin")
        }
        try folder.write(record([9], level: 200), to: "cifar-10-batches-bin/test_batch.bin")
        try writeNames(10)
    }

    private func writeNames(_ count: Int) throws {
        let names = (0..<count).map { "name\($0)\n" }.joined() + "\n"
        try folder.write(Array(names.utf8), to: "cifar-10-batches-bin/batches.meta.txt")
    }

    private func fillHundred() throws {
        try folder.write(
            record([3, 99], level: 1) + record([4, 7], level: 50) + record([5, 0], level: 90),
            to: "cifar-100-binary/train.bin")
        try folder.write(record([19, 42], level: 70), to: "cifar-100-binary/test.bin")
        let names = (0..<100).map { "fine\($0)\r\n" }.joined()
        try folder.write(Array(names.utf8), to: "cifar-100-binary/fine_label_names.txt")
    }

    private func message(_ body: () throws -> Void) -> String? {
        let error = #expect(throws: UnreadableInput.self) { try body() }
        return error?.description.replacingOccurrences(of: folder.url.path, with: "ROOT")
    }

    private func stateMessage() -> String? {
        message {
            _ = try DatasetSource(CIFAR10(root: folder.url.path), counts: .any).digest(
                CountingFingerprints())
        }
    }

    @Test func batchesOfTenAreReadInOrder() throws {
        try fillTen()
        let dataset = CIFAR10(root: folder.url.path)
        let listing = try dataset.listing(CountingFingerprints())
        #expect(listing.classNames == (0..<10).map { "name\($0)" })
        #expect(listing.entries.map(\.label) == [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 9])
        #expect(listing.entries.map(\.split) == [Split](repeating: .train, count: 10) + [.test])
        #expect(listing.entries[3].path == "cifar-10-batches-bin/data_batch_2.bin#1")
        #expect(listing.entries[10].path == "cifar-10-batches-bin/test_batch.bin#0")
        let content = Array(record([0], level: 25).dropFirst())
        #expect(listing.entries[3].sha256 == Digest(of: content).hex)
        #expect(listing.entries.allSatisfy { $0.byteCount == 3072 })
    }

    @Test func planesBecomePixels() throws {
        try fillTen()
        try fillHundred()
        let ten = CIFAR10(root: folder.url.path)
        let picture = try ten.picture(try ten.listing(CountingFingerprints()).entries[3])
        #expect(picture.width == 32 && picture.height == 32)
        #expect(Array(picture.pixels.prefix(6)) == [0, 0, 0, 25, 26, 27])
        #expect(Array(picture.pixels.suffix(3)) == [25, 26, 27])
        let hundred = CIFAR100(root: folder.url.path)
        let other = try hundred.picture(try hundred.listing(CountingFingerprints()).entries[1])
        #expect(Array(other.pixels.prefix(6)) == [0, 0, 0, 50, 51, 52])
    }

    @Test func ofTwoLabelsTheFineOneCounts() throws {
        try fillHundred()
        let listing = try CIFAR100(root: folder.url.path).listing(CountingFingerprints())
        #expect(listing.entries.map(\.label) == [99, 7, 0, 42])
        #expect(listing.classNames.count == 100 && listing.classNames[99] == "fine99")
        #expect(
            listing.entries.map(\.path) == [
                "cifar-100-binary/train.bin#0", "cifar-100-binary/train.bin#1",
                "cifar-100-binary/train.bin#2", "cifar-100-binary/test.bin#0",
            ])
    }

    /// None of the files with pictures is there: their remembered digests are enough.
    @Test func aPlanReadsNoFileThatIsRemembered() throws {
        try writeNames(10)
        let source = DatasetSource(CIFAR10(root: folder.url.path), counts: .any)
        let state = try source.digest(SameFingerprints(byteCount: 10000 * 3073))
        #expect(
            state.facts == [
                "classes": 10, "train-pictures": 50000, "test-pictures": 10000,
                "picture-bytes": 3072,
            ])
    }

    @Test func theDigestIsThatOfTheContent() throws {
        try fillTen()
        let dataset = CIFAR10(root: folder.url.path)
        let before = try DatasetSource(dataset, counts: .any).digest(CountingFingerprints())
        #expect(try before == DatasetSource(dataset, counts: .any).digest(CountingFingerprints()))
        #expect(before.facts["train-pictures"] == 10 && before.facts["test-pictures"] == 1)
        try folder.write(record([8], level: 200), to: "cifar-10-batches-bin/test_batch.bin")
        let after = try DatasetSource(dataset, counts: .any).digest(CountingFingerprints())
        #expect(before.digest != after.digest)
    }

    @Test func filesThatChangeAfterThePlanAreRefused() throws {
        try fillTen()
        let source = DatasetSource(CIFAR10(root: folder.url.path), counts: .any)
        _ = try source.digest(CountingFingerprints())
        #expect(try source.manifest(taskCount: 5).tasks[4] == [8, 9])
        try folder.write(record([8], level: 200), to: "cifar-10-batches-bin/test_batch.bin")
        #expect(
            message { _ = try source.manifest(taskCount: 5) } == """
                ROOT: changed after the run was planned
                  hint: run again when nothing writes to it
                """)
    }

    @Test func whatIsMissingOrCutIsNamed() throws {
        let layout = Self.hint(10, "cifar-10-batches-bin", "cifar-10-batches-py")
        let hint = layout + Self.doctor
        let place = "ROOT/cifar-10-batches-bin"
        #expect(
            stateMessage() == "\(place)/batches.meta.txt: does not exist" + layout
                + "; get it by: hide-pipeline fetch cifar10 --root ROOT")
        try fillTen()
        try FileManager.default.removeItem(
            atPath: folder.path("cifar-10-batches-bin/data_batch_4.bin"))
        #expect(stateMessage() == "\(place)/data_batch_4.bin: does not exist" + hint)
        try folder.write(
            Array(record([1], level: 0).dropLast()), to: "cifar-10-batches-bin/data_batch_4.bin")
        #expect(
            stateMessage() == "\(place)/data_batch_4.bin: "
                + "3072 bytes are no whole number of records of 3073" + hint)
        try folder.write([], to: "cifar-10-batches-bin/data_batch_4.bin")
        #expect(
            stateMessage() == "\(place)/data_batch_4.bin: "
                + "0 bytes are no whole number of records of 3073" + hint)
        try writeNames(9)
        #expect(stateMessage() == "\(place)/batches.meta.txt: has 9 class names, not 10" + hint)
    }

    @Test func aLabelWithoutAClassIsNamed() throws {
        try fillTen()
        try folder.write(
            record([9], level: 0) + record([10], level: 0),
            to: "cifar-10-batches-bin/test_batch.bin")
        let source = DatasetSource(CIFAR10(root: folder.url.path), counts: .any)
        #expect(
            message { _ = try source.manifest(taskCount: 1) }
                == "ROOT/cifar-10-batches-bin/test_batch.bin: record 1 has label 10 of 10 classes"
                + Self.hint(10, "cifar-10-batches-bin", "cifar-10-batches-py"))
    }

    @Test func aFileThatIsCutWhileTrainingIsNamed() throws {
        try fillHundred()
        let dataset = CIFAR100(root: folder.url.path)
        let entry = try dataset.listing(CountingFingerprints()).entries[2]
        try folder.write(record([1, 2], level: 3), to: "cifar-100-binary/train.bin")
        #expect(
            message { _ = try dataset.picture(entry) }
                == "ROOT/cifar-100-binary/train.bin: the file ends before its content does"
                + Self.hint(100, "cifar-100-binary", "cifar-100-python"))
    }

    /// What is added when a run needs a dataset of which a part is there.
    private static let doctor = "; all that is wrong with it: hide-pipeline inspect ROOT"

    private static func hint(_ count: Int, _ binary: String, _ python: String) -> String {
        "\n  hint: 'ROOT' must hold the folder '\(binary)' as in cifar-\(count)-binary.tar.gz, or "
            + "'\(python)' as in cifar-\(count)-python.tar.gz, or one of these archives"
    }

    /// A file of the published set that ends between two records has no damaged record to show.
    @Test(arguments: [1, 9999, 10001])
    func aSetWithAWholeFileMustBeWhole(count: Int) throws {
        try writeNames(10)
        struct Sizes: FingerprintCache {
            let last: Int

            func fingerprint(of path: String) -> FileFingerprint {
                let count = path.hasSuffix("data_batch_3.bin") ? last : 10000
                return FileFingerprint(byteCount: count * 3073, sha256: Digest(of: path).hex)
            }
        }
        let source = DatasetSource(CIFAR10(root: folder.url.path), counts: .any)
        #expect(
            message { _ = try source.digest(Sizes(last: count)) }
                == "ROOT/cifar-10-batches-bin/data_batch_3.bin: holds \(count) pictures, but the "
                + "published file 10000: it is cut or not the original"
                + Self.hint(10, "cifar-10-batches-bin", "cifar-10-batches-py") + Self.doctor)
    }
}

/// A memory that knows every file, all with the same content.
struct SameFingerprints: FingerprintCache {
    let byteCount: Int

    func fingerprint(of path: String) -> FileFingerprint {
        FileFingerprint(byteCount: byteCount, sha256: Digest(of: "same").hex)
    }
}
