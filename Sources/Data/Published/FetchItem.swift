package import Pipeline

/// Something that `hide-pipeline fetch` knows by name: a dataset or a checkpoint, as its publisher
/// offers it.
package struct FetchItem: Sendable {
    /// What it is.
    package enum Kind: String, Sendable {
        case dataset, checkpoint
        /// A file that is named by its address.
        case file

        /// Where it is put unless the user says otherwise, as the bundled pipelines look for it.
        package var root: String {
            switch self {
            case .dataset: "./datasets"
            case .checkpoint: "./checkpoints"
            case .file: "."
            }
        }
    }

    /// The name in pipeline files.
    package let name: String
    package let kind: Kind
    /// One sentence.
    package let about: String
    /// What its publisher allows, in a few words.
    package let licence: String
    /// Where it is described.
    package let page: String
    /// Its files, all of which are needed.
    package let files: [FetchFile]
    /// What a user has to know who must get it without this program; empty where nothing is special.
    package var remarks: [String] = []

    /// The bytes of all files; nil when the size of one is not known.
    package var byteCount: Int? {
        files.reduce(0) { sum, file in
            guard let sum, let count = file.expectation.byteCount else { return nil }
            return sum + count
        }
    }
}

/// A file of a `FetchItem`.
package struct FetchFile: Sendable {
    /// Its name, as its publisher calls it or as pipelines look for it.
    package let name: String
    /// Where it can be had, the publisher's own address first; none where only people can get it.
    package let addresses: [String]
    /// What is known about it.
    package let expectation: FileExpectation
    /// The folder below the root that it, or what it holds, is put into; empty for the root.
    package var folder = ""
    /// What an archive holds at its top level and is unpacked; empty for a file that stays as it is.
    package var items: [String] = []

    package init(
        name: String, addresses: [String], byteCount: Int? = nil, checksum: Checksum? = nil,
        folder: String = "", items: [String] = []
    ) {
        self.name = name
        self.addresses = addresses
        expectation = FileExpectation(byteCount: byteCount, checksum: checksum)
        self.folder = folder
        self.items = items
    }

    /// The folder below a root.
    func folder(below root: String) -> String { folder.isEmpty ? root : "\(root)/\(folder)" }

    /// Where the file itself is put.
    package func path(below root: String) -> String { "\(folder(below: root))/\(name)" }

    /// What is there once the file is in place.
    package func products(below root: String) -> [String] {
        items.isEmpty ? [path(below: root)] : items.map { "\(folder(below: root))/\($0)" }
    }

    /// The name with size and checksum, as far as they are known.
    package var facts: String {
        let size = expectation.byteCount.map { "\($0) bytes" }
        let facts = [size, expectation.checksum?.description].compactMap { $0 }
        return facts.isEmpty ? name : "\(name) (\(facts.joined(separator: ", ")))"
    }
}

extension FetchItem {
    /// An item of one file by its address; nil when `address` is none, or names no file.
    package init?(address: String, checksum: Checksum?) {
        guard Self.isAddress(address),
            let name = address.prefix(while: { $0 != "?" && $0 != "#" })
                .split(separator: "/").dropFirst(2).last.map(String.init)
        else { return nil }
        self.init(
            name: address, kind: .file, about: "", licence: "not known", page: address,
            files: [FetchFile(name: name, addresses: [address], checksum: checksum)])
    }

    /// Whether a text is an address and not a name.
    package static func isAddress(_ text: String) -> Bool {
        ["http://", "https://"].contains { text.lowercased().hasPrefix($0) }
    }
}

extension FetchItem {
    /// The command that brings a file to a path.
    ///
    /// - Returns: nil unless the item is one file.
    func command(target: String) -> String? {
        guard isSingleFile else { return nil }
        let usual = files[0].path(below: kind.root)
        return "hide-pipeline fetch \(name)"
            + (Self.isSame(target, usual) ? "" : " --to \(ShellWord(path: target))")
    }

    /// The command that brings everything below a root.
    func command(root: String) -> String {
        "hide-pipeline fetch \(name)"
            + (Self.isSame(root, kind.root) ? "" : " --root \(ShellWord(path: root))")
    }

    /// Whether nothing of the item lies below a root.
    ///
    /// - Throws: `UnreadableInput` when that cannot be told.
    func isAbsent(below root: String) throws(UnreadableInput) -> Bool {
        for file in files {
            // The files of a dataset may also lie in the root itself.
            let paths =
                file.products(below: root)
                + (file.items.isEmpty ? [file.name] : file.items).map { "\(root)/\($0)" }
            for path in paths where try InputPath.exists(path) { return false }
        }
        return true
    }

    /// Whether two paths are the same but for how they are written.
    private static func isSame(_ path: String, _ other: String) -> Bool {
        func parts(_ path: String) -> [Substring] {
            path.split(separator: "/").filter { $0 != "." }
        }
        return path.hasPrefix("/") == other.hasPrefix("/") && parts(path) == parts(other)
    }
}
