public import Engine
import Foundation
public import Pipeline

/// A `.safetensors` file: the length of a header in 8 bytes, the header in JSON (type, shape and
/// byte range of each tensor, and free text under `__metadata__`), then the bytes of all tensors
/// without gaps.
public struct SafetensorsFile: Sendable {
    /// The greatest length of a header in bytes.
    public static let maximumHeaderByteCount = 1 << 24

    /// The greatest number of axes of a tensor.
    static let maximumRank = 64

    /// What the header says of one tensor.
    struct Description: Sendable, Decodable {
        let type: String
        let shape: [Int]
        let range: [Int]

        enum CodingKeys: String, CodingKey {
            case type = "dtype"
            case shape
            case range = "data_offsets"
        }
    }

    /// The file.
    public let file: BinaryFile
    /// The names, in the order of the bytes.
    public let names: [String]
    /// The free text of the header.
    public let metadata: [String: String]
    private let arrays: [String: (type: ElementType, shape: [Int], range: Range<Int>)]

    /// Reads the header and checks that the tensors fill the file exactly.
    ///
    /// - Throws: `UnreadableInput` when the file is cut or its header is damaged.
    public init(_ file: BinaryFile) throws(UnreadableInput) {
        self.file = file
        let length = try file.read(at: 0, count: 8).littleEndian64(at: 0)
        guard length <= UInt64(Self.maximumHeaderByteCount) else {
            throw file.error("a header of \(length) bytes is above the limit")
        }
        let start = 8 + Int(length)
        let text = try file.read(at: 8, count: Int(length))
        guard let header = try? JSONDecoder().decode(Header.self, from: Data(text)) else {
            throw file.error("the header is not that of a safetensors file")
        }
        // A decoder takes one of two equal keys, and which one is its own affair.
        if let name = JSONKeys.repeated(in: text) {
            throw file.error("the header names \(Self.quoted(name)) twice")
        }
        metadata = header.metadata
        var position = 0
        var arrays: [String: (type: ElementType, shape: [Int], range: Range<Int>)] = [:]
        names = header.descriptions.sorted { ($0.value.range, $0.key) < ($1.value.range, $1.key) }
            .map(\.key)
        for name in names {
            guard let description = header.descriptions[name] else { continue }
            guard let type = ElementType(rawValue: description.type) else {
                throw file.error(
                    "tensor \(Self.quoted(name)) has the unknown type \(Self.quoted(description.type))"
                )
            }
            guard description.shape.count <= Self.maximumRank else {
                throw file.error(
                    "tensor \(Self.quoted(name)) has \(description.shape.count) axes")
            }
            guard description.range.count == 2, description.range[0] == position,
                let count = StoredArray.byteCount(type, description.shape),
                description.range[1] &- position == count
            else {
                throw file.error(
                    "tensor \(Self.quoted(name)) has a byte range that contradicts its shape")
            }
            arrays[name] = (type, description.shape, start + position..<start + position + count)
            position += count
            guard position <= file.byteCount - start else {
                throw file.error("the file ends before its content does")
            }
        }
        guard position == file.byteCount - start else {
            throw file.error("\(file.byteCount - start - position) bytes belong to no tensor")
        }
        self.arrays = arrays
    }

    /// Returns a tensor.
    ///
    /// - Throws: `UnreadableInput` when the file has become shorter.
    /// - Precondition: `name` is one of `names`.
    public func array(_ name: String) throws(UnreadableInput) -> StoredArray {
        guard let (type, shape, range) = arrays[name] else {
            preconditionFailure("no tensor '\(name)'")
        }
        let bytes = try file.read(at: range.lowerBound, count: range.count)
        guard let array = StoredArray(elementType: type, shape: shape, bytes: bytes[...]) else {
            throw file.error(
                "tensor \(Self.quoted(name)) has a byte range that contradicts its shape")
        }
        return array
    }

    private static func quoted(_ name: String) -> String {
        "'\(Printable.quoted(name, limit: 200))'"
    }

    private struct Header: Decodable {
        var descriptions: [String: Description] = [:]
        var metadata: [String: String] = [:]

        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: Name.self)
            for key in values.allKeys {
                if key.stringValue == "__metadata__" {
                    metadata = try values.decode([String: String].self, forKey: key)
                } else {
                    descriptions[key.stringValue] = try values.decode(
                        Description.self, forKey: key)
                }
            }
        }
    }

    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

extension SafetensorsFile {
    /// Returns the bytes of a file that holds the tensors, in their order.
    ///
    /// - Parameters:
    ///   - elementType: the type to round to; one of the floating-point types.
    ///   - metadata: free text for the header.
    /// - Precondition: `elementType.isReal`.
    public static func encoded(
        _ parameters: ParameterSet, as elementType: ElementType = .float32,
        metadata: [String: String] = [:]
    ) throws -> [UInt8] {
        var header: [String: any Encodable] = [:]
        var data: [UInt8] = []
        for (name, tensor) in zip(parameters.names, parameters.tensors) {
            let bytes = StoredArray.bytes(tensor.values, as: elementType)
            header[name] = Encoded(
                dtype: elementType.rawValue, shape: tensor.shape,
                data_offsets: [data.count, data.count + bytes.count])
            data += bytes
        }
        if !metadata.isEmpty { header["__metadata__"] = metadata }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text = [UInt8](try encoder.encode(header.mapValues(AnyValue.init)))
        // The tensors start at a multiple of 8, as the format recommends.
        text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
        let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
        return length + text + data
    }

    // The names are those of the format.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    private struct Encoded: Encodable {
        let dtype: String
        let shape: [Int]
        let data_offsets: [Int]
    }

    private struct AnyValue: Encodable {
        let value: any Encodable
        func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
    }
}

private func < (a: ([Int], String), b: ([Int], String)) -> Bool {
    if a.0 != b.0 { return a.0.lexicographicallyPrecedes(b.0) }
    return a.1 < b.1
}
