/// A parameter value as it enters a key document: what YAML can say, with defaults filled in.
///
/// ```swift
/// let value = try Value(json: #"{"rank": 5, "blocks": [0, 1]}"#)
/// value  // .object(["rank": .integer(5), "blocks": .array([.integer(0), .integer(1)])])
/// value.canonicalJSON  // #"{"blocks":[0,1],"rank":5}"#
/// Value.real(1).canonicalJSON  // "1.0"
/// ```
public indirect enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case real(Double)
    case string(String)
    case array([Value])
    case object([String: Value])

    /// The number of values in it, itself included.
    var size: Int {
        switch self {
        case .array(let values): values.reduce(1) { $0 + $1.size }
        case .object(let entries): entries.values.reduce(1) { $0 + $1.size }
        case .null, .bool, .integer, .real, .string: 1
        }
    }
}
