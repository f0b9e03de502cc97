/// Makes a `Value` of an encodable value, without a text between.
///
/// A real number without a fraction becomes an integer where Swift writes it without an exponent (below
/// 2⁵⁴): `rate: 1` and `rate: 1.0` are one parameter and have one key. A `Float` becomes the real number
/// of its shortest text: 0.1, and not 0.10000000149011612.
///
/// ```swift
/// try ValueEncoder.value(of: [0.5, 1.0])  // .array([.real(0.5), .integer(1)])
/// ```
public enum ValueEncoder {
    /// Returns what a value encodes as.
    ///
    /// - Throws: what the value throws when it is encoded; `EncodingError` where it encodes nothing.
    public static func value(of encodable: some Encodable) throws -> Value {
        let encoder = NodeEncoder(path: [])
        try encodable.encode(to: encoder)
        guard let value = encoder.node.value else {
            throw EncodingError.invalidValue(
                encodable, .init(codingPath: [], debugDescription: "encodes nothing"))
        }
        return value
    }

    /// The value of a real number, by the text that Swift has for it.
    static func value(of number: some BinaryFloatingPoint & LosslessStringConvertible) -> Value {
        let text = number.description
        if text.hasSuffix(".0"), let whole = Int(text.dropLast(2)) { return .integer(whole) }
        return .real(Double(text) ?? Double(number))
    }

    /// Whole numbers above the range of `Int` are real ones.
    static func value(of number: some BinaryInteger) -> Value {
        Int(exactly: number).map { .integer($0) } ?? .real(Double(number))
    }
}

/// A place in the value that is being made. Containers of one place share it.
private final class Node {
    private enum Content {
        case nothing
        case single(Value)
        case members([String: Node])
        case elements([Node])
    }

    private var content = Content.nothing

    /// What was encoded here; nil where nothing was.
    var value: Value? {
        switch content {
        case .nothing: nil
        case .single(let value): value
        // What was asked for and then left empty holds an empty object, as in JSON.
        case .members(let nodes): .object(nodes.mapValues { $0.value ?? .object([:]) })
        case .elements(let nodes): .array(nodes.map { $0.value ?? .object([:]) })
        }
    }

    var elementCount: Int {
        if case .elements(let nodes) = content { return nodes.count }
        return 0
    }

    func set(_ value: Value) { content = .single(value) }

    func becomeObject() {
        if case .members = content { return }
        content = .members([:])
    }

    func becomeArray() {
        if case .elements = content { return }
        content = .elements([])
    }

    /// The place of a member, made where there is none.
    func member(_ name: String) -> Node {
        guard case .members(var nodes) = content else { return Node() }
        if let node = nodes[name] { return node }
        let node = Node()
        nodes[name] = node
        content = .members(nodes)
        return node
    }

    /// A place behind the last element.
    func append() -> Node {
        guard case .elements(var nodes) = content else { return Node() }
        let node = Node()
        content = .nothing
        nodes.append(node)
        content = .elements(nodes)
        return node
    }
}

private struct NodeEncoder: Encoder {
    let node: Node
    let codingPath: [any CodingKey]
    let userInfo: [CodingUserInfoKey: Any] = [:]

    init(node: Node = Node(), path: [any CodingKey]) {
        self.node = node
        codingPath = path
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        node.becomeObject()
        return KeyedEncodingContainer(MemberContainer(node: node, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        node.becomeArray()
        return ElementContainer(node: node, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        ScalarContainer(node: node, codingPath: codingPath)
    }
}

extension Node {
    /// Encodes anything: numbers, texts and truth values as they are, all else by its own account.
    fileprivate func encode(_ value: some Encodable, path: [any CodingKey]) throws {
        switch value {
        case let value as Bool: set(.bool(value))
        case let value as String: set(.string(value))
        case let value as Double: set(ValueEncoder.value(of: value))
        case let value as Float: set(ValueEncoder.value(of: value))
        case let value as any BinaryInteger: set(ValueEncoder.value(of: value))
        case let value as Value: set(value)
        default: try value.encode(to: NodeEncoder(node: self, path: path))
        }
    }
}

private struct MemberContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: Node
    let codingPath: [any CodingKey]

    func encodeNil(forKey key: Key) { node.member(key.stringValue).set(.null) }

    func encode(_ value: some Encodable, forKey key: Key) throws {
        try node.member(key.stringValue).encode(value, path: codingPath + [key])
    }

    func nestedContainer<Inner: CodingKey>(
        keyedBy keyType: Inner.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Inner> {
        encoder(at: key).container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        encoder(at: key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder {
        NodeEncoder(node: node.member("super"), path: codingPath)
    }

    func superEncoder(forKey key: Key) -> any Encoder { encoder(at: key) }

    private func encoder(at key: Key) -> NodeEncoder {
        NodeEncoder(node: node.member(key.stringValue), path: codingPath + [key])
    }
}

private struct ElementContainer: UnkeyedEncodingContainer {
    let node: Node
    let codingPath: [any CodingKey]

    var count: Int { node.elementCount }

    func encodeNil() { node.append().set(.null) }

    func encode(_ value: some Encodable) throws {
        try node.append().encode(value, path: codingPath)
    }

    func nestedContainer<Inner: CodingKey>(
        keyedBy keyType: Inner.Type
    ) -> KeyedEncodingContainer<Inner> {
        superEncoder().container(keyedBy: keyType)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        superEncoder().unkeyedContainer()
    }

    func superEncoder() -> any Encoder { NodeEncoder(node: node.append(), path: codingPath) }
}

private struct ScalarContainer: SingleValueEncodingContainer {
    let node: Node
    let codingPath: [any CodingKey]

    func encodeNil() { node.set(.null) }

    func encode(_ value: some Encodable) throws { try node.encode(value, path: codingPath) }
}

/// A value encodes as the JSON that it stands for, with every encoder.
extension Value: Encodable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let flag): try container.encode(flag)
        case .integer(let number): try container.encode(number)
        case .real(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .array(let values): try container.encode(values)
        case .object(let members): try container.encode(members)
        }
    }
}
