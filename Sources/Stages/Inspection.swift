import Foundation
import Pipeline

/// What `inspect` says about the user's files.
enum Inspection {
    /// Describes a checkpoint file or a dataset folder; nil when the path is neither.
    ///
    /// - Throws: an `InputError` when it is one of these and damaged, or missing.
    static func describe(_ path: String) throws -> String? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw UnreadableInput(path: path, problem: "does not exist")
        }
        if isFolder.boolValue { return try folder(path) }
        do {
            return try checkpoint(try CheckpointFile(path))
        } catch let error as UnreadableInput where error.problem == CheckpointFile.unknownProblem {
            return nil
        }
    }

    private static func checkpoint(_ file: CheckpointFile) throws -> String {
        let sizes = try? ViTSizes(file)
        var lines = ["\(file.path): checkpoint, \(file.names.count) arrays"]
        if let sizes { lines.append("vision transformer: \(sizes)") }
        for (key, value) in file.metadata.sorted(by: { $0.key < $1.key }) {
            lines.append("\(key): \(value)")
        }
        for name in file.names {
            let array = try file.array(name)
            lines.append("  \(name)  \(array.elementType.rawValue) \(array.shape)")
        }
        return lines.joined(separator: "\n")
    }

    private static func folder(_ path: String) throws -> String? {
        let kinds: [any DatasetKind] = [
            ImageNetR(root: path), CIFAR10(root: path), CIFAR100(root: path), CUB200(root: path),
            ImageFolder(root: path),
        ]
        guard let kind = kinds.first(where: { $0.seemsPresent }) else { return nil }
        let listing = try kind.listing(UncachedFingerprints())
        let train = listing.entries.filter { $0.split == .train }
        let test = listing.entries.filter { $0.split == .test }
        var lines = [
            "\(path): dataset of kind '\(type(of: kind).name)', \(listing.classNames.count) classes, "
                + "\(train.count) training and \(test.count) test pictures"
        ]
        for (label, name) in listing.classNames.enumerated() {
            lines.append(
                "  \(label)  \(name)  \(train.count { $0.label == label }) training, "
                    + "\(test.count { $0.label == label }) test")
        }
        return lines.joined(separator: "\n")
    }
}

extension DatasetKind {
    /// Whether the folder looks like a dataset of this kind, so that its own messages make sense.
    fileprivate var seemsPresent: Bool {
        let names =
            switch self {
            case is ImageNetR: ["imagenet-r_train.yaml"]
            case is CIFAR10: ["cifar-10-batches-bin"]
            case is CIFAR100: ["cifar-100-binary"]
            case is CUB200: ["CUB_200_2011"]
            default: ["train", "test"]
            }
        return names.contains {
            FileManager.default.fileExists(atPath: "\(location)/\($0)")
        }
    }
}
