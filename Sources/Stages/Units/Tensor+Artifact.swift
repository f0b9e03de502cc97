import Engine
import Pipeline

// The bridge between the engine's values and the store's.

extension TypedArray {
    /// The elements of a tensor, with its shape.
    init(_ tensor: Tensor) {
        self.init(shape: tensor.shape, .float32(tensor.values))
    }

    /// Text, one element a string; shape `[values.count]`.
    init(_ values: [String]) {
        self.init(shape: [values.count], .text(values))
    }

    /// Whole numbers; shape `[values.count]`.
    init(_ values: [Int]) {
        self.init(shape: [values.count], .int64(values.map(Int64.init)))
    }

    /// Double-precision numbers; shape `[values.count]` unless given.
    init(_ values: [Double], shape: [Int]? = nil) {
        self.init(shape: shape ?? [values.count], .float64(values))
    }
}

/// An artifact that lacks what its reader expects: it was made by another version of a unit.
struct ArtifactContentError: Error, CustomStringConvertible {
    let path: String
    let expected: String

    var description: String { "artifact has no \(expected) called '\(path)'" }
}

/// An artifact whose numbers are not all finite: it was stored before units looked for that.
struct NonFiniteArtifact: Error, CustomStringConvertible {
    let path: String
    let values: NonFiniteValues

    var description: String {
        """
        the array '\(path)' of an input holds \(values)
          hint: '--force STAGE' of the stage that made it says where they come from
        """
    }
}

extension Artifact {
    /// The `Float` array at `path` as a tensor of finite numbers.
    func tensor(_ path: String) throws -> Tensor {
        guard let array = arrays[path], case .float32(let values) = array.elements else {
            throw ArtifactContentError(path: path, expected: "float32 array")
        }
        // Every reader of parameters, features and heads comes through here.
        if let found = NonFiniteValues(in: values) {
            throw NonFiniteArtifact(path: path, values: found)
        }
        return Tensor(shape: array.shape, values)
    }

    /// The `Double` array at `path`.
    func doubles(_ path: String) throws -> [Double] {
        guard let array = arrays[path], case .float64(let values) = array.elements else {
            throw ArtifactContentError(path: path, expected: "float64 array")
        }
        return values
    }

    /// The whole numbers at `path`.
    func integers(_ path: String) throws -> [Int] {
        guard let array = arrays[path], case .int64(let values) = array.elements else {
            throw ArtifactContentError(path: path, expected: "int64 array")
        }
        return values.map(Int.init)
    }

    /// The whole number in attribute `name`.
    func integer(_ name: String) throws -> Int {
        guard case .integer(let value) = attributes[name] else {
            throw ArtifactContentError(path: name, expected: "whole-number attribute")
        }
        return value
    }

    /// The number in attribute `name`.
    func real(_ name: String) throws -> Double {
        switch attributes[name] {
        case .real(let value): return value
        case .integer(let value): return Double(value)
        default: throw ArtifactContentError(path: name, expected: "number attribute")
        }
    }

    /// Adds every tensor of `set` below `group`: `group/name`, and their order.
    mutating func store(_ set: ParameterSet, in group: String) {
        for (name, tensor) in zip(set.names, set.tensors) {
            arrays["\(group)/\(name)"] = TypedArray(tensor)
        }
        attributes["\(group).names"] = .array(set.names.map(Value.string))
    }

    /// The tensors stored below `group` by `store(_:in:)`, in their order.
    func parameters(in group: String) throws -> ParameterSet {
        guard case .array(let names) = attributes["\(group).names"] else {
            throw ArtifactContentError(path: group, expected: "parameter set")
        }
        var entries: [(name: String, tensor: Tensor)] = []
        for case .string(let name) in names {
            guard !entries.contains(where: { $0.name == name }) else {
                throw ArtifactContentError(path: group, expected: "parameter set")
            }
            entries.append((name, try tensor("\(group)/\(name)")))
        }
        return ParameterSet(entries)
    }
}

extension Artifact {
    /// Adds a head below `group`: `group/weight [C, D]`, `group/bias [C]`.
    mutating func store(_ head: LinearHead, in group: String) {
        arrays["\(group)/weight"] = TypedArray(head.weight)
        arrays["\(group)/bias"] = TypedArray(head.bias)
    }

    /// The head stored below `group`.
    func head(in group: String) throws -> LinearHead {
        LinearHead(weight: try tensor("\(group)/weight"), bias: try tensor("\(group)/bias"))
    }
}

extension LinearHead {
    /// The rows of `classes`, in that order.
    func rows(_ classes: [Int]) -> LinearHead {
        let width = weight.shape[1]
        var values: [Float] = []
        values.reserveCapacity(classes.count * width)
        for row in classes {
            values += weight.values[row * width..<(row + 1) * width]
        }
        return LinearHead(
            weight: Tensor(shape: [classes.count, width], values),
            bias: Tensor(shape: [classes.count], classes.map { bias.values[$0] }))
    }

    /// Puts the rows of `other` in place of the rows of `classes`.
    ///
    /// - Precondition: `other` has one row for each of `classes`.
    mutating func replaceRows(_ classes: [Int], with other: LinearHead) {
        let width = weight.shape[1]
        precondition(other.weight.shape == [classes.count, width], "rows for \(classes.count)")
        for (source, row) in classes.enumerated() {
            weight.values.replaceSubrange(
                row * width..<(row + 1) * width,
                with: other.weight.values[source * width..<(source + 1) * width])
            bias.values[row] = other.bias.values[source]
        }
    }
}
