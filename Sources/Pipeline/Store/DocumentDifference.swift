/// One place where two documents differ.
///
/// ```swift
/// let old = Value.object(["lr": .real(0.01), "epochs": .integer(5)])
/// let new = Value.object(["lr": .real(0.02), "epochs": .integer(5)])
/// let differences = DocumentDifference.between(old, new, path: "parameters")
/// differences.map(\.description)  // ["parameters.lr: 0.01 -> 0.02"]
/// ```
public struct DocumentDifference: Sendable, Hashable, CustomStringConvertible {
    /// The place: keys joined by dots, positions in brackets ("parameters.pet.lora.blocks[2]").
    public let path: String
    /// The value before; nil where the old document has none.
    public let old: Value?
    /// The value now; nil where the new document has none.
    public let new: Value?

    /// `path: old -> new`.
    public var description: String {
        "\(path): \(old?.canonicalJSON ?? "absent") -> \(new?.canonicalJSON ?? "absent")"
    }

    /// All differences, in the order of their paths.
    public static func between(_ old: KeyDocument, _ new: KeyDocument) -> [DocumentDifference] {
        between(old.value, new.value, path: "")
    }

    /// All differences of two values found at `path`.
    public static func between(_ old: Value, _ new: Value, path: String) -> [DocumentDifference] {
        switch (old, new) {
        case (.object(let before), .object(let after)):
            return Set(before.keys).union(after.keys).sorted(by: Value.precedes).flatMap { key in
                let place = path.isEmpty ? key : "\(path).\(key)"
                return between(before[key], after[key], path: place)
            }
        case (.array(let before), .array(let after)) where before.count == after.count:
            return before.indices.flatMap { index in
                between(before[index], after[index], path: "\(path)[\(index)]")
            }
        default:
            return old.isSame(as: new)
                ? [] : [DocumentDifference(path: path, old: old, new: new)]
        }
    }

    private static func between(
        _ old: Value?, _ new: Value?, path: String
    ) -> [DocumentDifference] {
        guard let old, let new else {
            return [DocumentDifference(path: path, old: old, new: new)]
        }
        return between(old, new, path: path)
    }
}

extension Value {
    /// Equality of the canonical texts: NaN is itself here, and 0.0 is not -0.0.
    func isSame(as other: Value) -> Bool { canonicalJSON == other.canonicalJSON }
}
