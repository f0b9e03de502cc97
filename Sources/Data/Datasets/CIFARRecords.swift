import Pipeline

/// The files of CIFAR's binary versions: records of one or two label bytes (the last is the class)
/// and 3072 bytes of picture, the red plane of 32 × 32 first, then green and blue.
struct CIFARRecords: Sendable {
    static let side = 32
    static let pictureBytes = 3 * side * side

    let root: String
    /// The folder below the root, as the archive names it.
    let folder: String
    /// Where the dataset belongs, for messages.
    let hint: String
    let trainFiles: [String]
    let testFiles: [String]
    /// One class name a line, by label.
    let namesFile: String
    let classCount: Int
    /// Label bytes of a record.
    let labelCount: Int
    /// The pictures of a published file.
    let officialCounts: [Split: Int]

    private var recordBytes: Int { labelCount + Self.pictureBytes }

    private func files(_ split: Split) -> [String] { split == .train ? trainFiles : testFiles }

    private func path(_ file: String) -> String { "\(root)/\(folder)/\(file)" }

    /// The state of the whole from the digests of its files, so that files that are remembered need
    /// not be read again.
    func state(_ fingerprints: any FingerprintCache) throws -> SourceState {
        var text = "cifar records 1 \(classCount) \(labelCount)\n"
        for name in try classNames() { text += "class \(name.utf8.count) \(name)\n" }
        var facts: SourceFacts = ["classes": classCount]
        var counts: [String: Int] = [:]
        for split in Split.allCases {
            for file in files(split) {
                let print = try UnreadableInput.hinting(hint) {
                    try fingerprints.fingerprint(of: path(file))
                }
                counts[file] = try recordCount(file, byteCount: print.byteCount)
                text += "\(split.rawValue) \(file) \(print.sha256)\n"
            }
            facts["\(split.rawValue)-pictures"] = files(split).reduce(0) { $0 + (counts[$1] ?? 0) }
        }
        try checkWhole(counts)
        return SourceState(digest: Digest(of: text).hex, facts: facts)
    }

    /// All pictures in the order of files and records. Reads everything.
    func listing() throws -> DatasetListing {
        let entries = try Split.allCases.flatMap { split in
            try files(split).flatMap { try self.entries($0, split) }
        }
        try checkWhole(
            Dictionary(grouping: entries) {
                String($0.path.dropFirst(folder.count + 1).prefix { $0 != "#" })
            }
            .mapValues(\.count))
        return DatasetListing(classNames: try classNames(), entries: entries)
    }

    /// Reads the record that an entry names.
    func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        let parts = entry.path.split(separator: "#")
        guard parts.count == 2, let index = Int(parts[1]), index >= 0,
            let file = files(entry.split).first(where: { "\(folder)/\($0)" == parts[0] })
        else {
            throw UnreadableInput(path: entry.path, problem: "is no picture of '\(folder)'")
        }
        let planes = try UnreadableInput.hinting(hint) {
            try BinaryFile(path(file)).read(
                at: index * recordBytes + labelCount, count: Self.pictureBytes)
        }
        return Self.picture(planes[...])
    }

    private func entries(_ file: String, _ split: Split) throws -> [DatasetManifest.Entry] {
        let bytes = try UnreadableInput.hinting(hint) { try BinaryFile.contents(of: path(file)) }
        return try (0..<recordCount(file, byteCount: bytes.count)).map { index in
            let start = index * recordBytes
            let label = Int(bytes[start + labelCount - 1])
            guard label < classCount else {
                throw problem(file, "record \(index) has label \(label) of \(classCount) classes")
            }
            let content = Array(bytes[start + labelCount..<start + recordBytes])
            return DatasetManifest.Entry(
                path: "\(folder)/\(file)#\(index)", label: label, split: split,
                byteCount: Self.pictureBytes, sha256: Digest(of: content).hex)
        }
    }

    /// Refuses a published set with a file that is cut between two records.
    private func checkWhole(_ counts: [String: Int]) throws(UnreadableInput) {
        let files = Split.allCases.flatMap { split in
            self.files(split).map {
                (name: $0, count: counts[$0] ?? 0, official: officialCounts[split] ?? 0)
            }
        }
        if let cut = WholeFiles.firstCut(files.map { ($0.count, $0.official) }) {
            throw problem(
                files[cut].name,
                WholeFiles.problem(count: files[cut].count, official: files[cut].official))
        }
    }

    private func recordCount(_ file: String, byteCount: Int) throws(UnreadableInput) -> Int {
        guard byteCount > 0, byteCount.isMultiple(of: recordBytes) else {
            throw problem(
                file, "\(byteCount) bytes are no whole number of records of \(recordBytes)")
        }
        return byteCount / recordBytes
    }

    private func classNames() throws -> [String] {
        let lines = try UnreadableInput.hinting(hint) {
            try TextLines(path: path(namesFile), limit: 1 << 20).lines
        }
        let names = lines.filter { !$0.isEmpty }
        guard names.count == classCount else {
            throw problem(namesFile, "has \(names.count) class names, not \(classCount)")
        }
        return names
    }

    /// Interleaves the planes.
    static func picture(_ planes: ArraySlice<UInt8>) -> Picture {
        let count = side * side
        var pixels = [UInt8](repeating: 0, count: pictureBytes)
        for channel in 0..<3 {
            for index in 0..<count {
                pixels[index * 3 + channel] = planes[channel * count + index]
            }
        }
        return Picture(width: side, height: side, pixels: pixels)
    }

    private func problem(_ file: String, _ problem: String) -> UnreadableInput {
        UnreadableInput(path: path(file), problem: problem, hint: hint)
    }
}
