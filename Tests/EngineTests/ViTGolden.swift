import Engine
import Foundation
import Pipeline
import TestSupport
import Testing

/// One kind of PET in one `vit_*.h5` file made with the reference.
struct ViTGolden: Sendable, CustomTestStringConvertible {
    static let missing = "no goldens: set HIDE_GOLDENS"
    static let kinds = [
        "none", "continual_lora", "hide_lora", "continual_adapter", "hide_adapter",
        "continual_prompt", "hide_prompt",
    ]

    /// Every kind in every file of the folder, whether the file has it or not.
    static let all: [ViTGolden] = files.flatMap { file in
        kinds.map { ViTGolden(file: file, kind: $0) }
    }

    private static let files: [URL] = {
        guard let folder = SharedData.goldens else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasPrefix("vit_") && $0.hasSuffix(".h5") }.sorted()
            .map { folder.appending(path: $0) }
    }()

    let file: URL
    let kind: String

    var testDescription: String { "\(file.lastPathComponent) \(kind)" }

    /// Opens the file; cancels the test where the file does not hold what it needs.
    func open(needing paths: String...) throws -> ViTGoldenCase {
        let file = try HDF5File.open(file.path)
        for path in ["pet/\(kind)"] + paths.map({ "pet/\(kind)/\($0)" }) {
            if try !file.contains(path) { try Test.cancel("\(testDescription) has no \(path)") }
        }
        return try ViTGoldenCase(file: file, kind: kind)
    }
}

/// An opened case.
struct ViTGoldenCase {
    let file: HDF5File
    let kind: String
    let configuration: ViTConfiguration
    let model: VisionTransformer
    let images: Tensor
    private let sizes: [String: Value]

    init(file: HDF5File, kind: String) throws {
        self.file = file
        self.kind = kind
        let sizes = try file.attributes(of: "/")
        self.sizes = sizes
        func size(_ name: String) throws -> Int { try #require(sizes[name]?.asInteger) }
        images = try Self.tensor(file, "input/images")
        let channels = images.shape[1]
        configuration = try ViTConfiguration(
            imageSize: size("img"), patchSize: size("patch"), channels: channels,
            width: size("dim"), depth: size("depth"), heads: size("heads"),
            mlpWidth: size("dim") * size("mlp_ratio"),
            layerNormEpsilon: try #require(sizes["layernorm_eps"]?.asReal))
        let names = try file.children(of: "weights").filter { !$0.hasPrefix("head.") }
        let parameters = try ParameterSet(
            names.map { ($0, try Self.tensor(file, "weights/\($0)")) })
        model = VisionTransformer(
            try ViTWeights(configuration: configuration, parameters: parameters))
    }

    static func tensor(_ file: HDF5File, _ path: String) throws -> Tensor {
        let array = try file.read(path)
        guard case .float32(let values) = array.elements else {
            throw GoldenError(path: path, elements: "\(array.elements)")
        }
        return Tensor(shape: array.shape, values)
    }

    /// A tensor of this kind.
    func tensor(_ path: String) throws -> Tensor { try Self.tensor(file, "pet/\(kind)/\(path)") }

    /// A tensor whose leading axes the engine keeps as one: `[B, tokens, width]` as rows.
    func tensor(_ path: String, like other: Tensor) throws -> Tensor {
        let whole = try tensor(path)
        let rows = whole.shape.dropLast().reduce(1, *)
        try #require(
            whole.shape.last.map { [rows, $0] } == other.shape || whole.shape == other.shape)
        return Tensor(shape: other.shape, whole.values)
    }

    func has(_ path: String) throws -> Bool { try file.contains("pet/\(kind)/\(path)") }

    func scalar(_ path: String) throws -> Double {
        Double(try #require(try tensor(path).values.first))
    }

    func integers(_ path: String) throws -> [Int] {
        let array = try file.read("pet/\(kind)/\(path)")
        guard case .int64(let values) = array.elements else {
            throw GoldenError(path: path, elements: "\(array.elements)")
        }
        return values.map(Int.init)
    }

    func attribute(_ name: String, of path: String = "") throws -> Double {
        let group = path.isEmpty ? "pet/\(kind)" : "pet/\(kind)/\(path)"
        return try #require(try file.attributes(of: group)[name]?.asReal)
    }

    /// The pool entry that training uses; nil where there is no pool.
    func slot() throws -> Int? {
        kind.hasPrefix("hide") ? Int(try attribute("task_id")) : nil
    }

    /// Entry `slot` of a pool, or the tensor itself without a pool.
    private func entry(_ path: String, slot: Int?) throws -> Tensor {
        let whole = try tensor(path)
        guard let slot else { return whole }
        let shape = Array(whole.shape.dropFirst())
        let count = shape.reduce(1, *)
        return Tensor(shape: shape, Array(whole.values[slot * count..<(slot + 1) * count]))
    }

    /// The method of this kind; nil where only the head is trained.
    private func method() throws -> (any PETMethod)? {
        func size(_ name: String) throws -> Int { try #require(sizes[name]?.asInteger) }
        func blocks() throws -> [Int] { Array(0..<(try size("pet_depth"))) }
        switch kind.split(separator: "_").last {
        case "lora": return LoRA(rank: try size("rank"), blocks: try blocks())
        case "adapter": return Adapter(bottleneck: try size("adapter_rank"), blocks: try blocks())
        case "prompt":
            return PrefixPrompt(length: try size("prompt_len"), blocks: try promptLayers().sorted())
        default: return nil
        }
    }

    private func promptLayers() throws -> [Int] {
        guard case .array(let values)? = sizes["prompt_layers"] else {
            return [try #require(sizes["prompt_layers"]?.asInteger)]
        }
        return try values.map { try #require($0.asInteger) }
    }

    /// The parameters in `group` as one set, from entry `slot` of the pool.
    func pet(_ group: String, slot: Int?) throws -> PET? {
        guard let method = try method() else { return nil }
        let shapes = method.parameterShapes(for: configuration)
        let entries = try shapes.map { name, shape in
            let found = try entry("\(group)/\(name)", slot: slot)
            return (name, name == "e_prompt.prompt" ? try prompt(found, as: shape) : found)
        }
        return PET(method: method, parameters: ParameterSet(entries))
    }

    /// A prompt in the layout of `PrefixPrompt`, blocks ascending.
    ///
    /// - Parameter found: `[2, layers, P, D]` from a pool, `[layers, 2, P, H, d]` otherwise, with the
    ///   order of layers of the file.
    private func prompt(_ found: Tensor, as shape: [Int]) throws -> Tensor {
        let layers = try promptLayers()
        let isPooled = kind.hasPrefix("hide")
        #expect(found.shape.prefix(2) == (isPooled ? [2, layers.count] : [layers.count, 2]))
        let size = shape[2] * shape[3]
        let values = layers.indices.sorted { layers[$0] < layers[$1] }.flatMap { layer in
            (0..<2).flatMap { part in
                let position = isPooled ? part * layers.count + layer : 2 * layer + part
                return found.values[position * size..<(position + 1) * size]
            }
        }
        return Tensor(shape: shape, values)
    }

    func head(_ group: String) throws -> LinearHead {
        LinearHead(
            weight: try tensor("\(group)/head.weight"), bias: try tensor("\(group)/head.bias"))
    }

    /// The regulariser of this kind with another weight; nil where the kind has none.
    func contrastive(weight: Float = 0.001) throws -> ContrastiveTerm? {
        guard kind == "hide_lora" || kind == "hide_adapter" else { return nil }
        return ContrastiveTerm(weight: weight, memory: try tensor("prev_class_means"))
    }

    func batch() throws -> Trainer.Batch {
        Trainer.Batch(images: images, labels: try integers("labels"))
    }

    func trainer(
        contrastive: ContrastiveTerm?, clip: Float? = nil, threads: Int = 2
    ) throws -> Trainer {
        let pet = try pet("init", slot: slot())
        return Trainer(
            backbone: model, pet: pet, head: try head("init"),
            scope: pet == nil ? .headOnly : .petAndHead, optimizer: .adam, clipNorm: clip,
            contrastive: contrastive, allowedClasses: try integers("allowed_classes"),
            workers: Workers(threads: threads))
    }

    /// The trained tensors in `group`, as the trainer names and shapes them.
    func trained(_ group: String) throws -> ParameterSet {
        var entries: [(name: String, tensor: Tensor)] = []
        if let pet = try pet(group, slot: slot()) {
            entries += zip(pet.parameters.names, pet.parameters.tensors).map { ($0, $1) }
        }
        let head = try head(group).parameters
        return ParameterSet(entries + zip(head.names, head.tensors).map { ($0, $1) })
    }
}

/// A golden of another type than expected.
struct GoldenError: Error {
    let path: String
    let elements: String
}

extension Value {
    var asInteger: Int? {
        if case .integer(let value) = self { value } else { nil }
    }
    var asReal: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }
}
