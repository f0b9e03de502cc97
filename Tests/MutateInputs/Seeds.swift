import Data
import Engine
import Foundation
import TestSupport

extension Subject {
    /// The greatest size of a file of real data that is mutated, in bytes: small files are quick to
    /// read, and most of their bytes mean something.
    private static let maximumByteCount = 1 << 14

    /// What is mutated: files made here, and small files of real data.
    ///
    /// - Parameter data: the folder of real data; an absent one adds none.
    func seeds(_ data: URL) throws -> [Seed] {
        let built = try built()
        var seeds: [Seed] = []
        for (folder, endings) in real {
            let names =
                (try? FileManager.default.contentsOfDirectory(
                    atPath: data.appending(path: folder).path)) ?? []
            for name in names.sorted() where endings.contains(where: name.hasSuffix) {
                let bytes = try BinaryFile.contents(
                    of: data.appending(path: "\(folder)/\(name)").path)
                guard bytes.count <= Self.maximumByteCount else { continue }
                seeds.append(Seed(name: "\(folder)/\(name)", bytes: bytes))
            }
        }
        // Whole files of which every byte is known make up half of all cases.
        for index in 0..<max(seeds.count, built.count) { seeds.append(built[index % built.count]) }
        return seeds
    }

    /// Folders of real data, and how the names of their files end.
    private var real: [(folder: String, endings: [String])] {
        switch self {
        case .pickle:
            [
                ("hostile_pickles", [".pkl", ".pickle", ".bin"]),
                ("torch_formats/burn", ["legacy.pt", "offsets.pt"]),
            ]
        case .torch:
            [
                ("torch_formats/burn", [".pt"]), ("torch_formats/burn_modules", [".pt"]),
                ("torch_formats", [".pt", ".bin"]), ("vit_mnist", [".pt"]),
            ]
        case .tar: [("torch_formats/burn", [".tar"])]
        case .numpy: [("numpy_files", [".npy", ".npz"])]
        case .safetensors: []
        case .zip: [("hostile_pickles", [".zip"]), ("numpy_files", [".npz"])]
        case .picture:
            [
                ("jpeg/odd", [".jpg", ".png"]), ("jpeg/corrupt", [".jpg"]),
                ("jpeg/reference", [".jpg", ".png"]), ("jpeg/wrong_extension", [""]),
            ]
        case .pipeline: [("yaml/hostile", [".yaml"])]
        }
    }

    private func built() throws -> [Seed] {
        let model = try Self.model()
        switch self {
        case .pickle:
            return [
                Seed(name: "legacy", bytes: TorchBuilder.legacy(model)),
                Seed(name: "bare pickle", bytes: TorchBuilder.pickle(model)),
                Seed(
                    name: "protocol 0",
                    bytes: Array("(dp0\nS'a'\np1\n(lp2\nI1\naF0.5\naL7L\nas.".utf8)),
            ]
        case .torch: return torchSeeds(model)
        case .tar: return [Seed(name: "torch tar", bytes: TorchBuilder.tar(model))]
        case .numpy: return Self.arrays()
        case .safetensors:
            let other = Seed(
                name: "safetensors of another family",
                bytes: try SafetensorsFile.encoded(Self.torchvision(model), as: .float32))
            return try [other]
                + [ElementType.float32, .bfloat16].map {
                    Seed(
                        name: "safetensors \($0)",
                        bytes: try SafetensorsFile.encoded(model, as: $0, metadata: ["heads": "2"]))
                }
        case .zip:
            return [
                Seed(
                    name: "zip",
                    bytes: ZipBuilder.file(
                        [("a/b.txt", Array("hello".utf8)), ("c", [])], checksum: Inflation.checksum)
                )
            ]
        case .picture: return try Self.pictures() + Self.otherPictures()
        case .pipeline: return try Self.pipelines()
        }
    }

    /// Weights below prefixes, in dictionaries, and beside objects that are stepped over.
    private func torchSeeds(_ model: ParameterSet) -> [Seed] {
        func text(_ text: String) -> [UInt8] { TorchBuilder.text(text) }
        let counter =
            TorchBuilder.global("collections", "Counter") + Array("}(".utf8) + text("a")
            + TorchBuilder.integer(1) + [0x75, 0x85, 0x52]
        let own =
            TorchBuilder.global("mine.config", "Options") + [0x29, 0x81] + Array("}".utf8)
            + text("out") + TorchBuilder.global("pathlib", "PosixPath") + text("a")
            + [0x85, 0x52] + Array("sb".utf8)
        let nodes: [(String, TorchBuilder.Node)] = [
            ("torch zip", .weights(model)),
            (
                "torch zip with objects",
                .dictionary([
                    ("state_dict", .weights(model, below: "model.")), ("seen", .pickle(counter)),
                    ("options", .pickle(own)),
                ])
            ),
            (
                "torch zip with two models",
                .dictionary([
                    ("net", .weights(model)), ("model_ema", .weights(model, below: "module.")),
                ])
            ),
            ("torch zip of another family", .weights(Self.torchvision(model), below: "vision.")),
        ]
        return nodes.map {
            Seed(name: $0, bytes: TorchBuilder.zip($1, checksum: Inflation.checksum))
        }
    }

    /// The tensors under the names of torchvision.
    private static func torchvision(_ model: ParameterSet) -> ParameterSet {
        let names = [
            ("cls_token", "class_token"), ("pos_embed", "encoder.pos_embedding"),
            ("patch_embed.proj", "conv_proj"), ("blocks.", "encoder.layers.encoder_layer_"),
            ("norm1", "ln_1"), ("norm2", "ln_2"), ("attn.qkv.", "self_attention.in_proj_"),
            ("attn.proj", "self_attention.out_proj"), ("mlp.fc1", "mlp.0"), ("mlp.fc2", "mlp.3"),
        ]
        let renamed = Swift.zip(model.names, model.tensors).map { name, tensor in
            let own = names.reduce(name) { $0.replacing($1.0, with: $1.1) }
            return (
                name: own.hasPrefix("norm.") ? "encoder.ln" + own.dropFirst(4) : own, tensor: tensor
            )
        }
        return ParameterSet(renamed)
    }

    /// The weights of a vision transformer of few numbers.
    private static func model() throws -> ParameterSet {
        let configuration = try ViTConfiguration(
            imageSize: 4, patchSize: 2, width: 4, depth: 1, heads: 2, mlpWidth: 4)
        return ViTWeights.initial(configuration, stream: RandomStream(seed: 1, name: "seed"))
            .parameters
    }

    private static func arrays() -> [Seed] {
        func array(_ description: String, _ shape: String, _ count: Int) -> [UInt8] {
            let header = Array(
                "{'descr': '\(description)', 'fortran_order': False, 'shape': \(shape), }\n".utf8)
            return [0x93] + Array("NUMPY".utf8) + [1, 0] + ZipBuilder.littleEndian(header.count, 2)
                + header
                + [UInt8](repeating: 1, count: count)
        }
        let (matrix, vector) = (array("<f4", "(2, 3)", 24), array("<i8", "(2,)", 16))
        return [
            Seed(name: "npy matrix", bytes: matrix), Seed(name: "npy vector", bytes: vector),
            Seed(
                name: "npz",
                bytes: ZipBuilder.file(
                    [("a.npy", matrix), ("b.npy", vector)], checksum: Inflation.checksum)),
        ]
    }

    /// A picture for each colour type of PNG; JPEG files are among the real data.
    private static func pictures() -> [Seed] {
        [(0, 8, 4), (2, 8, 12), (4, 8, 8), (6, 16, 32), (3, 4, 2)].map { type, depth, rowBytes in
            let rows = (0..<4).map { row in
                (0..<rowBytes).map { UInt8(truncatingIfNeeded: $0 * 7 + row) }
            }
            return Seed(
                name: "png type \(type)",
                bytes: PNGBuilder.file(
                    width: 4, height: 4, depth: UInt8(depth), colorType: UInt8(type), rows: rows,
                    palette: type == 3 ? (0..<48).map { UInt8($0) } : []))
        }
    }

    /// The fixtures of every other format.
    private static func otherPictures() throws -> [Seed] {
        try PictureFixture.all().map { Seed(name: $0.name, bytes: [UInt8]($0.content)) }
    }

    /// The bundled pipeline files.
    private static func pipelines() throws -> [Seed] {
        let folder = SharedData.packageRoot.appending(path: "pipelines")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        return try names.filter { $0.hasSuffix(".yaml") }.map {
            Seed(name: $0, bytes: try BinaryFile.contents(of: folder.appending(path: $0).path))
        }
    }
}
