public import Engine
import Pipeline

/// The weights of a vision transformer out of a checkpoint, and what was done to get them.
public struct PretrainedWeights: Sendable {
    /// The weights, without a head.
    public let weights: ViTWeights
    /// One line for each thing that a reader of the result should know: what was left out, what was
    /// resampled.
    public let log: [String]

    /// Reads a checkpoint for a model. The names of `WeightLayout` are understood, below whatever text
    /// they all begin with (`WeightSearch`); float16, bfloat16 and float64 become float32; a position embedding of another grid is
    /// resampled; the file's classifier and pre-logits layer are left out.
    ///
    /// - Throws: `UnreadableInput` when the file is missing or damaged, and when it does not fit:
    ///   then the first missing, unknown and misshapen names are listed, and their number.
    public init(path: String, configuration: ViTConfiguration) throws {
        try self.init(CheckpointFile(path), configuration: configuration)
    }

    /// Reads a checkpoint whose weights are to be found in a certain way.
    ///
    /// - Parameter weightsIn: the name of a dictionary or part of a name under which they lie; nil
    ///   for wherever they fit.
    package init(
        path: String, configuration: ViTConfiguration, mapping: WeightMapping,
        weightsIn: String? = nil
    ) throws {
        try self.init(
            CheckpointFile(path, mapping: mapping), configuration: configuration,
            weightsIn: weightsIn)
    }

    /// Takes the weights of an open checkpoint; see `init(path:configuration:)`.
    public init(
        _ file: CheckpointFile, configuration: ViTConfiguration, weightsIn: String? = nil
    ) throws {
        let file = try WeightSearch(
            file: file, configuration: configuration, wanted: weightsIn
        ).found()
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
        let needed = rules.flatMap(\.names)
        let given = Set(file.names)
        let missing = needed.filter { !given.contains($0) }
        let unknown = unknownNames(needed: Set(needed))
        var entries: [(name: String, tensor: Tensor)] = []
        for rule in rules where rule.names.allSatisfy(given.contains) {
            if rule.isIdentity {
                entries.append((rule.target, Tensor(shape: rule.shape, rule.identityValues)))
            } else if let values = try values(of: rule) {
                entries.append((rule.target, Tensor(shape: rule.shape, values)))
            }
        }
        guard missing.isEmpty, unknown.isEmpty, misshapen.isEmpty else {
            throw mismatch(missing: missing, unknown: unknown)
        }
        let scaled = rules.count { $0.rowScale != nil }
        if scaled > 0 {
            log.append("LayerScale folded into \(scaled) arrays of the layers before it")
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
            log.append("left out, \(reason): \(NameList.text(names))")
        }
        return unknown
    }

    /// The values of a tensor; nil when the shape of a part does not fit, which is noted.
    private mutating func values(of rule: WeightRule) throws(UnreadableInput) -> [Float]? {
        var values: [Float] = []
        var fits = true
        for part in rule.parts {
            let (array, floats) = try numbers(part.name)
            if array.shape == part.shape {
                let arranged = part.arrangement.apply(floats, shape: array.shape)
                values = rule.parts.count == 1 ? arranged : values + arranged
            } else if part.name == layout.positionName, let grid = grid(of: array.shape) {
                values = resampled(floats, from: grid)
            } else {
                fits = note(part, array.shape)
            }
        }
        if let scale = rule.rowScale {
            let (array, floats) = try numbers(scale.name)
            if array.shape != scale.shape {
                fits = note(scale, array.shape)
            } else if fits {
                values = WeightRule.scaled(values, by: floats)
            }
        }
        return fits ? values : nil
    }

    /// Notes a shape that does not fit.
    private mutating func note(_ part: WeightRule.Part, _ shape: [Int]) -> Bool {
        let name = Printable.quoted(part.name, limit: 120)
        misshapen.append("\(name) is \(NameList.text(shape)), expected \(part.shape)")
        return false
    }

    private func numbers(
        _ name: String
    ) throws(UnreadableInput) -> (array: StoredArray, floats: [Float]) {
        let array = try file.array(name)
        guard let floats = array.floats else {
            throw error(
                "'\(Printable.quoted(name, limit: 120))' has elements of type "
                    + "\(array.elementType.rawValue), and weights are floating-point numbers")
        }
        try file.checkFinite(floats, of: array, named: name)
        return (array, floats)
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
        let known = missing.isEmpty && unknown.isEmpty ? nil : KnownNames.of(file.names)
        let words = known.map { "these are the names of \($0.words)" }
        // Where hardly a name is right, the names tell what it is; else the names at fault come first.
        let isOther = missing.count > NameList.maximumCount
        var parts = isOther ? [words].compactMap { $0 } : []
        parts += [("missing", missing), ("unknown", isOther ? [] : unknown)]
            .filter { !$0.1.isEmpty }
            .map { "\($0.0): \(NameList.text($0.1))" }
        if !misshapen.isEmpty { parts.append("of another shape: \(shapes)") }
        if isOther {
            parts.append(
                "the file's own: \(file.names.isEmpty ? "none" : NameList.text(file.names))")
        }
        let help = isOther ? known?.hint : known.map { "\(words ?? ""); \($0.hint)" }
        return UnreadableInput(
            path: file.path, problem: "does not fit the model; " + parts.joined(separator: "; "),
            hint: help ?? hint(isMissing: !missing.isEmpty))
    }

    private var shapes: String {
        let more = misshapen.count - NameList.maximumCount
        return misshapen.prefix(NameList.maximumCount).joined(separator: ", ")
            + (more > 0 ? " and \(more) more (\(misshapen.count) in all)" : "")
    }

    private func error(_ problem: String) -> UnreadableInput {
        UnreadableInput(path: file.path, problem: problem, hint: hint(isMissing: false))
    }

    /// The sizes of the model in the file, where it holds another one; or, where weights are missing,
    /// that something in it was not built.
    private func hint(isMissing: Bool) -> String? {
        if let sizes = try? ViTSizes(file), sizes.differs(from: configuration) {
            return "the file holds a model of \(sizes)"
        }
        guard isMissing, file.log.contains(where: { $0.hasPrefix(UnbuiltObjects.beginning) })
        else { return nil }
        return "something in the file was \(UnbuiltObjects.beginning); \(PickleProblem.hint)"
    }
}
