import Foundation

/// The files of a tree: a copy of the project, or a part of one made for a test.
struct SourceTree {
    /// Those in Swift.
    let swift: [SourceFile]
    /// The number of lines of every file in a language of ours, by its path from the root.
    let lineCounts: [String: Int]

    private static let languages = ["swift", "c", "h"]

    /// Reads what lies below some folders of a root; those that are absent hold nothing.
    init(root: URL, folders: [String] = ["Sources", "Tests"]) throws {
        var swift: [SourceFile] = []
        var lineCounts: [String: Int] = [:]
        for path in Self.paths(root, folders) {
            let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
            let file = SourceFile(path: path, text: text)
            lineCounts[path] = file.lineCount
            if path.hasSuffix(".swift") { swift.append(file) }
        }
        self.swift = swift
        self.lineCounts = lineCounts
    }

    private static func paths(_ root: URL, _ folders: [String]) -> [String] {
        folders.flatMap { folder -> [String] in
            let below = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
            return (below?.allObjects ?? []).compactMap { $0 as? String }
                .filter { languages.contains(($0 as NSString).pathExtension) }
                .map { "\(folder)/\($0)" }
        }.sorted()
    }

    /// The Swift files below a folder.
    func files(below folder: String) -> [SourceFile] {
        swift.filter { $0.path.hasPrefix(folder + "/") }
    }
}
