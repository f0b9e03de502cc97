extension Artifact {
    /// The digest of the content: the arrays in the byte order of their paths, each as one line of
    /// JSON `["array",path,type,shape]` and the little-endian bytes of its elements (a text as its
    /// length in bytes, eight bytes, and its UTF-8), then one line `["attributes",{…}]`.
    /// Log, seconds and host are no part of an artifact and never enter.
    public var digest: Digest {
        var stream = DigestStream()
        for path in arrays.keys.sorted(by: Value.precedes) {
            guard let array = arrays[path] else { continue }
            stream.update(Self.header(path, array))
            switch array.elements {
            case .float32(let values): stream.update(values)
            case .float64(let values): stream.update(values)
            case .int64(let values): stream.update(values)
            case .uint8(let values): stream.update(values)
            case .text(let texts):
                for text in texts {
                    stream.update([UInt64(text.utf8.count).littleEndian])
                    stream.update(text)
                }
            }
        }
        let line: Value = .array([.string("attributes"), .object(attributes)])
        stream.update(line.canonicalJSON + "\n")
        return stream.finish()
    }

    private static func header(_ path: String, _ array: TypedArray) -> String {
        let line: Value = .array([
            .string("array"), .string(path), .string(array.elements.typeName),
            .array(array.shape.map { .integer($0) }),
        ])
        return line.canonicalJSON + "\n"
    }
}

extension TypedArray.Elements {
    /// The name of the element type in digests and listings.
    public var typeName: String {
        switch self {
        case .float32: "float32"
        case .float64: "float64"
        case .int64: "int64"
        case .uint8: "uint8"
        case .text: "text"
        }
    }
}
