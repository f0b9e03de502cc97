import Pipeline
import Synchronization

/// How the files of a dataset with many pictures in a file are read.
protocol PackedFormat: Sendable {
    /// A word for the format in digests.
    var name: String { get }

    /// The number of pictures of a file, without reading them where that is possible.
    func count(_ file: PackedFile, in folder: String) throws -> Int

    /// Opens a file.
    func open(_ file: PackedFile, in folder: String) throws -> PackedPictures

    /// Makes a picture of its bytes.
    func picture(_ bytes: [UInt8]) -> Picture
}

/// A file with many pictures.
struct PackedFile: Sendable {
    /// The name that its pictures are known by.
    let name: String
    let split: Split
    /// The files that are read, below the folder: the pictures first.
    let sources: [String]
    /// The number of pictures of the published file.
    let officialCount: Int
}

/// The pictures of a file, in memory or at their place in the file.
struct PackedPictures: Sendable {
    /// Where the bytes are.
    enum Storage: Sendable {
        case memory([UInt8])
        /// From this position on.
        case file(BinaryFile, Int)
    }

    /// The label of each picture.
    let labels: [Int]
    /// The size of a picture in bytes.
    let pictureByteCount: Int
    let storage: Storage

    /// The bytes of a picture; nil when there is no such picture.
    func bytes(_ index: Int) throws(UnreadableInput) -> [UInt8]? {
        guard labels.indices.contains(index) else { return nil }
        let start = index * pictureByteCount
        switch storage {
        case .memory(let bytes): return Array(bytes[start..<start + pictureByteCount])
        case .file(let file, let first):
            return try file.read(at: first + start, count: pictureByteCount)
        }
    }
}

/// A dataset with many pictures of one size in a file: the python version of CIFAR, SVHN, MNIST.
struct PackedFiles: Sendable {
    let folder: String
    let format: any PackedFormat
    let classNames: [String]
    let files: [PackedFile]
    /// Where the dataset belongs, for messages.
    let hint: String

    /// The state of the whole from the digests of its files.
    func state(_ fingerprints: any FingerprintCache) throws -> SourceState {
        var text = "\(format.name) 1 \(classNames.count)\n"
        for name in classNames { text += "class \(name.utf8.count) \(name)\n" }
        var facts: SourceFacts = [
            "classes": classNames.count, "train-pictures": 0, "test-pictures": 0,
        ]
        for (file, count) in zip(files, try wholeCounts { try format.count($0, in: folder) }) {
            facts["\(file.split.rawValue)-pictures", default: 0] += count
            for source in file.sources {
                let print = try UnreadableInput.hinting(hint) {
                    try fingerprints.fingerprint(of: "\(folder)/\(source)")
                }
                text += "\(file.split.rawValue) \(file.name) \(print.sha256)\n"
            }
        }
        return SourceState(digest: Digest(of: text).hex, facts: facts)
    }

    /// All pictures in the order of files and records. Reads everything.
    func listing(_ memory: PackedMemory) throws -> DatasetListing {
        let opened = try files.map { file in
            try UnreadableInput.hinting(hint) { try memory.open(file, of: self) }
        }
        _ = try wholeCounts { file in
            opened[files.firstIndex { $0.name == file.name } ?? 0].labels.count
        }
        var entries: [DatasetManifest.Entry] = []
        for (file, pictures) in zip(files, opened) {
            for (index, label) in pictures.labels.enumerated() {
                guard classNames.indices.contains(label) else {
                    throw problem(
                        file, "picture \(index) has label \(label) of \(classNames.count) classes")
                }
                let bytes = try UnreadableInput.hinting(hint) { try pictures.bytes(index) } ?? []
                entries.append(
                    DatasetManifest.Entry(
                        path: "\(file.name)#\(index)", label: label, split: file.split,
                        byteCount: bytes.count, sha256: Digest(of: bytes).hex))
            }
        }
        return DatasetListing(classNames: classNames, entries: entries)
    }

    /// Reads the picture that an entry names.
    func picture(_ entry: DatasetManifest.Entry, _ memory: PackedMemory) throws -> Picture {
        let parts = entry.path.split(separator: "#")
        guard parts.count == 2, let index = Int(parts[1]),
            let file = files.first(where: { $0.name == parts[0] && $0.split == entry.split }),
            let bytes = try UnreadableInput.hinting(
                hint, { try memory.open(file, of: self).bytes(index) })
        else {
            throw UnreadableInput(path: entry.path, problem: "is no picture of '\(folder)'")
        }
        return format.picture(bytes)
    }

    /// The number of pictures of each file.
    ///
    /// - Throws: when a file of the published set is cut.
    private func wholeCounts(_ count: (PackedFile) throws -> Int) throws -> [Int] {
        let counts = try files.map { file in try UnreadableInput.hinting(hint) { try count(file) } }
        let cut = WholeFiles.firstCut(
            zip(files, counts).map { (count: $1, official: $0.officialCount) })
        if let cut {
            throw problem(
                files[cut],
                WholeFiles.problem(count: counts[cut], official: files[cut].officialCount))
        }
        return counts
    }

    private func problem(_ file: PackedFile, _ problem: String) -> UnreadableInput {
        UnreadableInput(path: "\(folder)/\(file.sources[0])", problem: problem, hint: hint)
    }
}

/// The files of a dataset that have been opened. A file is opened once and kept, because SVHN and
/// packed MNIST cannot be read picture by picture; the largest takes 225 MB.
final class PackedMemory: Sendable {
    private let opened = Mutex<[String: PackedPictures]>([:])

    func open(_ file: PackedFile, of files: PackedFiles) throws -> PackedPictures {
        try opened.withLock { opened in
            if let known = opened[file.name] { return known }
            let fresh = try files.format.open(file, in: files.folder)
            opened[file.name] = fresh
            return fresh
        }
    }
}

/// A dataset in few files of many pictures each.
protocol PackedDataset: PublishedDataset {
    func files() throws -> PackedFiles
    /// What of the files was read.
    var memory: PackedMemory { get }
}

extension PackedDataset {
    public func packedState(_ fingerprints: any FingerprintCache) throws -> SourceState? {
        try presplit() == nil ? files().state(fingerprints) : nil
    }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        try presplitListing(fingerprints) ?? files().listing(memory)
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        try presplitPicture(entry) ?? files().picture(entry, memory)
    }
}
