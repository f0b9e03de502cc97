/// A parameter value as it enters a key document: what YAML can say, with defaults filled in.
public indirect enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int)
    case real(Double)
    case string(String)
    case array([Value])
    case object([String: Value])
}
