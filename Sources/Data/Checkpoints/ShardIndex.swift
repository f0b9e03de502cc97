import Foundation
import Pipeline

/// The table of contents of a checkpoint in several files, `model.safetensors.index.json` or
/// `pytorch_model.bin.index.json`: which array is in which file beside it.
struct ShardIndex: Sendable {
    /// The greatest length of a table in bytes.
    static let maximumByteCount = 1 << 24
    /// The greatest number of files.
    static let maximumFileCount = 1_000
    /// How the names of tables end.
    static let ending = ".index.json"
    /// What is looked for in a folder, best first.
    static let names = [
        "model.safetensors\(ending)", "pytorch_model.bin\(ending)", "model.safetensors",
        "pytorch_model.bin",
    ]

    /// The table's path.
    let path: String
    /// The file of each array.
    let files: [String: String]

    private struct Content: Decodable {
        let weightMap: [String: String]

        enum CodingKeys: String, CodingKey { case weightMap = "weight_map" }
    }

    /// Reads a table.
    ///
    /// - Throws: `UnreadableInput` when it is damaged, and when it names a file beyond its own folder.
    init(_ file: BinaryFile) throws(UnreadableInput) {
        path = file.path
        guard file.byteCount <= Self.maximumByteCount else {
            throw file.error("\(file.byteCount) bytes are too many for a table of contents")
        }
        let bytes = try file.read(at: 0, count: file.byteCount)
        guard let content = try? JSONDecoder().decode(Content.self, from: Data(bytes)) else {
            throw file.error("is no table of contents of a checkpoint: no mapping 'weight_map'")
        }
        files = content.weightMap
        for name in fileNames where !Self.isPlain(name) {
            throw file.error(
                "names the file '\(Printable.quoted(name, limit: 120))', which is not one beside it"
            )
        }
        guard (1...Self.maximumFileCount).contains(fileNames.count) else {
            throw file.error("names \(fileNames.count) files")
        }
    }

    /// The files, sorted.
    var fileNames: [String] { Set(files.values).sorted() }

    /// The path of a file of the table.
    func path(of name: String) -> String {
        let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        return folder + name
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255 && !name.hasPrefix(".")
            && !name.contains { $0 == "/" || $0 == "\\" || $0 == "\0" }
    }

    /// The checkpoint that a path means: of a folder, the table or the file in it.
    ///
    /// - Throws: `UnreadableInput` when a folder holds none.
    static func resolved(_ path: String) throws(UnreadableInput) -> String {
        guard try InputPath.kind(of: path) == .folder else { return path }
        if let found = try checkpoint(in: path) { return found }
        throw UnreadableInput(
            path: path, problem: "is a folder, not a file",
            hint: "a folder is read where it holds '\(names[0])', '\(names[2])' or their like")
    }

    /// The table or the file in a folder; nil when there is none.
    static func checkpoint(in folder: String) throws(UnreadableInput) -> String? {
        for name in names {
            let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            if try InputPath.exists(path) { return path }
        }
        return nil
    }

    /// Whether a path is that of a table, by its name.
    static func isIndex(_ path: String) -> Bool { path.hasSuffix(ending) }
}
