public import Engine
import Pipeline

/// The weights of a vision transformer out of a checkpoint, and what was done to get them.
public struct PretrainedWeights: Sendable {
    /// The weights, without a head.
    public let weights: ViTWeights
    /// One line for each thing that a reader of the result should know: what was left out, what was
    /// resampled.
    public let log: [String]

    /// Reads a checkpoint for a model. The names of `WeightLayout` are understood;
    /// float16, bfloat16 and float64 become float32; a position embedding of another grid is
    /// resampled; the file's classifier and pre-logits layer are left out.
    ///
    /// - Throws: `UnreadableInput` when the file is missing or damaged, and when it does not fit:
    ///   then all missing, unknown and misshapen names are listed.
    public init(path: String, configuration: ViTConfiguration) throws {
        try self.init(CheckpointFile(path), configuration: configuration)
    }

    /// Reads a checkpoint whose weights are to be found in a certain way.
    package init(
        path: String, configuration: ViTConfiguration, mapping: WeightMapping
    ) throws {
        try self.init(CheckpointFile(path, mapping: mapping), configuration: configuration)
    }

    /// Takes the weights of an open checkpoint; see `init(path:configuration:)`.
    public init(_ file: CheckpointFile, configuration: ViTConfiguration) throws {
        var reading = WeightReading(file, configuration)
        let parameters = try reading.parameters()
        weights = try ViTWeights(configuration: configuration, parameters: parameters)
        log = file.log + reading.log
    }
}

/// One pass over a checkpoint.
private struct WeightReading {
    let file: CheckpointFile
    let configuration: ViTConfiguration
    let layout: WeightLayout
    var log: [String] = []
    private var misshapen: [String] = []

    init(_ file: CheckpointFile, _ configuration: ViTConfiguration) {
        self.file = file
        self.configuration = configuration
        layout = WeightLayout(names: file.names)
    }

    mutating func parameters() throws(UnreadableInput) -> ParameterSet {
        let rules = layout.rules(for: configuration)
        let needed = rules.flatMap { $0.parts.map(\.name) }
        let given = Set(file.names)
        let missing = needed.filter { !given.contains($0) }
        let unknown = unknownNames(needed: Set(needed))
        var entries: [(name: String, tensor: Tensor)] = []
        for rule in rules where rule.parts.allSatisfy({ given.contains($0.name) }) {
            if rule.isIdentity {
                entries.append((rule.target, Tensor(shape: rule.shape, rule.identityValues)))
            } else if let values = try values(of: rule) {
                entries.append((rule.target, Tensor(shape: rule.shape, values)))
            }
        }
        guard missing.isEmpty, unknown.isEmpty, misshapen.isEmpty else {
            throw mismatch(missing: missing, unknown: unknown)
        }
        return ParameterSet(entries)
    }

    /// Names that nothing is known of; logs those that are known and left out.
    private mutating func unknownNames(needed: Set<String>) -> [String] {
        var unknown: [String] = []
        var skipped: [String: [String]] = [:]
        for name in file.names where !needed.contains(name) {
            if let reason = file.mapping.reasonToDrop(name) ?? layout.reasonToSkip(name) {
                skipped[reason, default: []].append(name)
            } else {
                unknown.append(name)
            }
        }
        for (reason, names) in skipped.sorted(by: { $0.key < $1.key }) {
            log.append("left out, \(reason): \(names.joined(separator: ", "))")
        }
        return unknown
    }

    /// The values of a tensor; nil when the shape of a part does not fit, which is noted.
    private mutating func values(of rule: WeightRule) throws(UnreadableInput) -> [Float]? {
        var values: [Float] = []
        var fits = true
        for part in rule.parts {
            let array = try file.array(part.name)
            guard let floats = array.floats else {
                throw error("'\(part.name)' has elements of type \(array.elementType.rawValue)")
            }
            try file.checkFinite(floats, of: array, named: part.name)
            if array.shape == part.shape {
                let arranged = part.arrangement.apply(floats, shape: array.shape)
                values = rule.parts.count == 1 ? arranged : values + arranged
            } else if part.name == layout.positionName, let grid = grid(of: array.shape) {
                values = resampled(floats, from: grid)
            } else {
                misshapen.append("\(part.name) is \(array.shape), expected \(part.shape)")
                fits = false
            }
        }
        return fits ? values : nil
    }

    /// The side of the square grid that a position embedding is for; nil when it is for none.
    private func grid(of shape: [Int]) -> Int? {
        guard shape.count == 3, shape[0] == 1, shape[1] > 1, shape[2] == configuration.width
        else { return nil }
        let side = Int(Double(shape[1] - 1).squareRoot().rounded())
        return side * side == shape[1] - 1 ? side : nil
    }

    private mutating func resampled(_ values: [Float], from grid: Int) -> [Float] {
        let target = configuration.imageSize / configuration.patchSize
        log.append("position embedding resampled from \(grid) × \(grid) to \(target) × \(target)")
        return PositionEmbedding.resampled(
            values, width: configuration.width, from: grid, to: target)
    }

    private func mismatch(missing: [String], unknown: [String]) -> UnreadableInput {
        let parts = [("missing", missing), ("unknown", unknown), ("of another shape", misshapen)]
            .filter { !$0.1.isEmpty }
            .map { "\($0.0): \($0.1.joined(separator: ", "))" }
        return error("does not fit the model; " + parts.joined(separator: "; "))
    }

    private func error(_ problem: String) -> UnreadableInput {
        UnreadableInput(path: file.path, problem: problem, hint: hint)
    }

    /// The sizes of the model in the file, where it holds another one.
    private var hint: String? {
        guard let sizes = try? ViTSizes(file), sizes.differs(from: configuration) else {
            return nil
        }
        return "the file holds a model of \(sizes)"
    }
}
