import Foundation
import Pipeline

/// What `inspect` says about the user's files.
package enum Inspection {
    /// Describes a checkpoint file; nil when the path is none.
    ///
    /// - Throws: an `InputError` when it is one and damaged, or missing.
    static func describe(_ path: String) throws -> String? {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw UnreadableInput(path: path, problem: "does not exist")
        }
        if isFolder.boolValue, try ShardIndex.checkpoint(in: path) == nil { return nil }
        do {
            return try checkpoint(try CheckpointFile(path))
        } catch let error as UnreadableInput where error.problem == CheckpointFile.unknownProblem {
            return nil
        }
    }

    private static func checkpoint(_ file: CheckpointFile) throws -> String {
        var lines = ["\(file.path): checkpoint, \(file.names.count) arrays"]
        lines += models(file)
        for (key, value) in file.metadata.sorted(by: { $0.key < $1.key }) {
            lines.append(Printable.quoted("\(key): \(value)", limit: maximumLineLength))
        }
        lines += file.log.map { Printable.quoted($0, limit: maximumLineLength) }
        for name in file.names {
            let array = try file.array(name)
            lines.append(
                "  \(Printable.quoted(name, limit: maximumLineLength))  "
                    + "\(array.elementType.rawValue) \(NameList.text(array.shape))")
        }
        return lines.joined(separator: "\n")
    }

    /// The greatest length of a text of the file in a line of `inspect`.
    private static let maximumLineLength = 200

    /// The vision transformers in a checkpoint, under the names that are shown or below a prefix.
    private static func models(_ file: CheckpointFile) -> [String] {
        if let sizes = try? ViTSizes(file) { return ["vision transformer: \(sizes)"] }
        // A file with a great many of them is listed all the same.
        return ((try? WeightSearch.prefixes(file)) ?? []).compactMap { prefix in
            (try? ViTSizes(file.below(prefix, without: []))).map {
                "vision transformer under '\(Printable.quoted(prefix, limit: 120))': \($0)"
            }
        }
    }

    /// The datasets that lie in a folder; none when it holds no dataset.
    package static func datasets(in path: String) -> [any DatasetKind] {
        func isThere(_ name: String) -> Bool {
            FileManager.default.fileExists(atPath: "\(path)/\(name)")
        }
        let found = published.compactMap { signs, open -> (any DatasetKind)? in
            let dataset = open(path)
            let archives = FetchItem.named(type(of: dataset).name)?.files
                .filter { !$0.items.isEmpty }.map(\.name)
            return (signs + (archives ?? [])).contains(where: isThere) ? dataset : nil
        }
        if !found.isEmpty { return found }
        return isThere("train") || isThere("test") ? [ImageFolder(root: path)] : []
    }

    /// What tells that a dataset lies in a folder, whole or not, so that its own messages make sense.
    package static let published: [(signs: [String], open: @Sendable (String) -> any DatasetKind)] =
        [
            (["imagenet-r", "imagenet-r_train.yaml"], { ImageNetR(root: $0) }),
            (["cifar-10-batches-bin", "cifar-10-batches-py"], { CIFAR10(root: $0) }),
            (["cifar-100-binary", "cifar-100-python"], { CIFAR100(root: $0) }),
            (["CUB_200_2011"], { CUB200(root: $0) }),
            (["stanford_cars", "cars_train", "car_ims"], { StanfordCars(root: $0) }),
            (["stanford_dogs", "Images"], { StanfordDogs(root: $0) }),
            (["fgvc-aircraft-2013b"], { FGVCAircraft(root: $0) }),
            (["train_32x32.mat", "svhn", "SVHN"], { SVHN(root: $0) }),
            (
                ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "mnist", "MNIST"],
                { MNIST(root: $0) }
            ),
            (["fashion-mnist", "FashionMNIST"], { FashionMNIST(root: $0) }),
            (["notMNIST", "notMNIST_small"], { NotMNIST(root: $0) }),
        ]
}
