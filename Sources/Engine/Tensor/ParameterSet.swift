/// Named tensors in a fixed order: the parameters of a PET, a head or a whole backbone, their
/// gradients, or an optimiser's moments. Order is the order of summation, so it is part of a result.
///
/// ```swift
/// let head = ParameterSet([
///     ("head.weight", Tensor(zeros: [10, 768])), ("head.bias", Tensor(zeros: [10])),
/// ])
/// head.names  // ["head.weight", "head.bias"]
/// head["head.bias"]?.shape  // [10]
/// head["head.scale"]  // nil
/// ```
public struct ParameterSet: Sendable, Equatable {
    /// The names, in order, without repetition.
    public private(set) var names: [String]
    /// The tensors, one for each name.
    public var tensors: [Tensor]

    /// Creates a set from pairs in order.
    ///
    /// - Precondition: names do not repeat.
    public init(_ entries: [(name: String, tensor: Tensor)] = []) {
        names = entries.map(\.name)
        tensors = entries.map(\.tensor)
        precondition(Set(names).count == names.count, "repeated names in \(names)")
    }

    /// The tensor called `name`, or nil.
    public subscript(_ name: String) -> Tensor? {
        get { names.firstIndex(of: name).map { tensors[$0] } }
        set {
            if let index = names.firstIndex(of: name) {
                if let newValue {
                    tensors[index] = newValue
                } else {
                    names.remove(at: index)
                    tensors.remove(at: index)
                }
            } else if let newValue {
                names.append(name)
                tensors.append(newValue)
            }
        }
    }

    /// The same names with zeros.
    public var zeroed: ParameterSet {
        ParameterSet(zip(names, tensors).map { ($0, Tensor(zeros: $1.shape)) })
    }
}
