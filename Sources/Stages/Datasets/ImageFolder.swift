import Foundation
public import Pipeline

/// Pictures in `ROOT/train/CLASS/` and `ROOT/test/CLASS/`.
///
/// The label of a class is the rank of its folder's name in byte order. A picture is a file, there or
/// in a folder below, whose name ends in a known picture extension (any case) and does not begin with
/// a dot; other files are left alone. What a picture is made of is told by its content.
public struct ImageFolder: DatasetKind {
    public static let name = "image-folder"
    public static let summary = "pictures in ROOT/train/CLASS and ROOT/test/CLASS"

    /// Endings of picture files. Formats that are not decoded are in it, so that they are reported
    /// and not passed over.
    static let extensions: Set<String> = [
        "jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "webp", "tif", "tiff", "ppm", "pgm",
    ]
    static let layout = "an image folder holds train/CLASS/ and test/CLASS/ with pictures"
    private static let bothParts = "every class has a folder in 'train' and in 'test'"

    /// The folder with `train` and `test`.
    public let root: String
    public var location: String { root }

    /// Creates a dataset.
    public init(root: String) { self.root = root }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        let path = "\(root)/\(entry.path)"
        return try Picture.decode(try BinaryFile.contents(of: path), name: path)
    }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        let classNames = try folders("train")
        guard !classNames.isEmpty else {
            throw problem("train", "holds no class folder", hint: Self.layout)
        }
        let testNames = try folders("test")
        if let stray = testNames.first(where: { !classNames.contains($0) }) {
            throw problem(
                "test/\(stray)", "is a class without a folder in 'train'", hint: Self.bothParts)
        }
        if let absent = classNames.first(where: { !testNames.contains($0) }) {
            throw problem(
                "test/\(absent)", "does not exist, but 'train/\(absent)' does",
                hint: Self.bothParts)
        }
        let entries = try Split.allCases.flatMap { split in
            try classNames.enumerated().flatMap { label, name in
                try pictures(of: split, name, label, fingerprints)
            }
        }
        return DatasetListing(classNames: classNames, entries: entries)
    }

    private func pictures(
        of split: Split, _ className: String, _ label: Int,
        _ fingerprints: any FingerprintCache
    ) throws -> [DatasetManifest.Entry] {
        let folder = "\(split.rawValue)/\(className)"
        let paths = try pictures(below: folder)
        guard !paths.isEmpty else {
            throw problem(
                folder, "holds no picture", hint: "put pictures into it, or remove the class")
        }
        return try paths.map { path in
            let print = try fingerprints.fingerprint(of: "\(root)/\(path)")
            return DatasetManifest.Entry(
                path: path, label: label, split: split, byteCount: print.byteCount,
                sha256: print.sha256)
        }
    }

    /// The picture files of a folder and those below it, in byte order.
    func pictures(below folder: String) throws -> [String] {
        var paths: [String] = []
        for name in try names(folder) {
            let path = "\(folder)/\(name)"
            let suffix = name.split(separator: ".", omittingEmptySubsequences: false).last
            if name.contains("."), Self.extensions.contains(suffix?.lowercased() ?? "") {
                paths.append(path)
            } else if isFolder(path) {
                paths += try pictures(below: path)
            }
        }
        return paths
    }

    func folders(_ split: String) throws -> [String] {
        try names(split).filter { isFolder("\(split)/\($0)") }
    }

    /// The names in a folder that do not begin with a dot, in byte order.
    private func names(_ folder: String) throws -> [String] {
        guard isFolder("") else {
            throw UnreadableInput(path: root, problem: "does not exist", hint: Self.layout)
        }
        guard isFolder(folder) else {
            throw problem(folder, "does not exist", hint: Self.layout)
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)")
        else { throw problem(folder, "cannot be listed") }
        return names.filter { !$0.hasPrefix(".") }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func isFolder(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        let exists = FileManager.default.fileExists(
            atPath: path.isEmpty ? root : "\(root)/\(path)", isDirectory: &isFolder)
        return exists && isFolder.boolValue
    }

    private func problem(_ path: String, _ problem: String, hint: String? = nil) -> UnreadableInput
    {
        UnreadableInput(path: "\(root)/\(path)", problem: problem, hint: hint)
    }
}
