/// The members of `line` under the same names, for encoders of the standard library. An event that this
/// version does not know cannot be decoded alone: `RunEvent.list` leaves such ones out.
extension RunEvent: Codable {
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: WireKey.self)
        for (key, value) in members {
            try container.encode(WireValue(value), forKey: WireKey(stringValue: key))
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: WireKey.self)
        var members: [String: Value] = [:]
        for key in container.allKeys {
            members[key.stringValue] = try container.decode(WireValue.self, forKey: key).value
        }
        guard let event = try RunEvent(members) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: "an event of a newer version")
            )
        }
        self = event
    }
}

/// Any member name.
private struct WireKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A JSON value as it is.
private struct WireValue: Codable {
    let value: Value

    init(_ value: Value) { self.value = value }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch value {
        case .null: try container.encodeNil()
        case .bool(let flag): try container.encode(flag)
        case .integer(let number): try container.encode(number)
        case .real(let number) where !number.isFinite: try container.encodeNil()
        case .real(let number): try container.encode(number)
        case .string(let text): try container.encode(text)
        case .array(let values): try container.encode(values.map(WireValue.init))
        case .object(let members): try container.encode(members.mapValues(WireValue.init))
        }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            value = .null
        } else if let flag = try? container.decode(Bool.self) {
            value = .bool(flag)
        } else if let number = try? container.decode(Int.self) {
            value = .integer(number)
        } else if let number = try? container.decode(Double.self) {
            value = .real(number)
        } else if let text = try? container.decode(String.self) {
            value = .string(text)
        } else if let values = try? container.decode([WireValue].self) {
            value = .array(values.map(\.value))
        } else {
            value = .object(try container.decode([String: WireValue].self).mapValues(\.value))
        }
    }
}
