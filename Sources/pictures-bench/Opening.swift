import Data
import Foundation
import Pipeline

/// The first opening of a dataset, which digests every file, against the second one, whose digests
/// are remembered.
func benchOpening(fileCount: Int, repetitions: Int) throws {
    let folder = try ScratchFolder()
    let files = DiskFiles()
    let classCount = 200
    for index in 0..<fileCount {
        let split = index % 6 == 0 ? "test" : "train"
        let name = "data/\(split)/class-\(index / 6 % classCount)/\(index).jpg"
        try folder.write(content(index), to: name)
        // As if it had been unpacked long ago.
        try files.setModified(
            folder.url.appending(path: name).path, to: files.now() - 3_600_000_000_000)
    }
    // What was touched within a tick of the clock is digested again.
    Thread.sleep(forTimeInterval: 0.1)
    let path = folder.url.appending(path: "fingerprints").path
    var hashed: [Int] = []
    func open() throws -> Double {
        let fingerprints = Fingerprints(files: files, path: path)
        let duration = try Duration {
            let dataset = ImageFolder(root: folder.url.appending(path: "data").path)
            _ = try DatasetSource(dataset).digest(fingerprints)
            try fingerprints.save(by: path + ".staged")
        }
        hashed.append(fingerprints.hashedCount)
        return duration.wall
    }
    var first: [Double] = []
    var second: [Double] = []
    for _ in 0..<repetitions {
        try files.remove(path)
        first.append(try open())
        second.append(try open())
    }
    report(
        "open-dataset",
        [
            ("files", Double(fileCount)), ("firstSeconds", median(first)),
            ("secondSeconds", median(second)), ("ratio", median(second) / median(first)),
            ("digestedAtFirst", Double(hashed[0])), ("digestedAtSecond", Double(hashed[1])),
        ])
}

/// 16 kB that no other file has.
private func content(_ index: Int) -> [UInt8] {
    var state = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<16_384).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state)
    }
}
