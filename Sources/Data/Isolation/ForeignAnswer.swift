import Pipeline

/// What the process that reads foreign files is asked.
package enum ForeignRequest: String, Sendable, CaseIterable {
    /// All datasets of an HDF5 file.
    case hdf5
    /// Variables of a MATLAB file: the named ones, or all.
    case matlab
    /// A text about an HDF5 or MATLAB file.
    case description
}

/// What it answers. In bytes: a tag, what belongs to it, and the digest of both, so that an answer
/// that broke off is not taken for a whole one.
package enum ForeignAnswer: Sendable, Equatable {
    case content(ForeignFile.Content)
    case variables([String: MATValue])
    case description(String?)
    /// The file cannot be read, and why.
    case refused(String)

    private static let format = "hide-pipeline foreign 1"

    /// The answer as bytes.
    package var bytes: [UInt8] {
        var writer = SealedWriter(format: Self.format)
        switch self {
        case .content(let content):
            writer.append(UInt8(0))
            writer.append(UInt32(content.arrays.count))
            for (path, array) in content.arrays {
                writer.append(path)
                Self.append(array, to: &writer)
            }
            writer.append(UInt32(content.refused.count))
            for (path, problem) in content.refused {
                writer.append(path)
                writer.append(problem)
            }
        case .variables(let variables):
            writer.append(UInt8(4))
            writer.append(UInt32(variables.count))
            for (name, value) in variables {
                writer.append(name)
                writer.append(value)
            }
        case .description(let text):
            writer.append(UInt8(text == nil ? 1 : 2))
            writer.append(text ?? "")
        case .refused(let problem):
            writer.append(UInt8(3))
            writer.append(problem)
        }
        return writer.sealed()
    }

    /// Reads an answer; nil when it is none.
    package init?(_ bytes: [UInt8]) {
        guard var reader = SealedReader(bytes, format: Self.format),
            let tag = reader.number(UInt8.self), let answer = Self.read(tag, &reader),
            reader.isAtEnd
        else { return nil }
        self = answer
    }

    private static func read(_ tag: UInt8, _ reader: inout SealedReader) -> ForeignAnswer? {
        switch tag {
        case 0: return content(&reader).map { .content($0) }
        case 1: return reader.text().map { _ in .description(nil) }
        case 2: return reader.text().map { .description($0) }
        case 3: return reader.text().map { .refused($0) }
        case 4: return variables(&reader).map { .variables($0) }
        default: return nil
        }
    }

    private static func content(_ reader: inout SealedReader) -> ForeignFile.Content? {
        var content = ForeignFile.Content()
        guard let arrayCount = reader.number(UInt32.self) else { return nil }
        for _ in 0..<arrayCount {
            guard let path = reader.text(), let array = array(&reader) else { return nil }
            content.arrays[path] = array
        }
        guard let refusedCount = reader.number(UInt32.self) else { return nil }
        for _ in 0..<refusedCount {
            guard let path = reader.text(), let problem = reader.text() else { return nil }
            content.refused[path] = problem
        }
        return content
    }

    private static func variables(_ reader: inout SealedReader) -> [String: MATValue]? {
        guard let count = reader.number(UInt32.self) else { return nil }
        var variables: [String: MATValue] = [:]
        for _ in 0..<count {
            guard let name = reader.text(), let value = reader.value(depth: 0) else { return nil }
            variables[name] = value
        }
        return variables
    }

    private static func append(_ array: TypedArray, to writer: inout SealedWriter) {
        writer.append(shape: array.shape)
        switch array.elements {
        case .float32(let values):
            writer.append(UInt8(0))
            writer.append(values)
        case .float64(let values):
            writer.append(UInt8(1))
            writer.append(values)
        case .int64(let values):
            writer.append(UInt8(2))
            writer.append(values)
        case .uint8(let values):
            writer.append(UInt8(3))
            writer.append(values)
        case .text(let texts):
            writer.append(UInt8(4))
            writer.append(UInt32(texts.count))
            for text in texts { writer.append(text) }
        }
    }

    private static func array(_ reader: inout SealedReader) -> TypedArray? {
        guard let (shape, count) = reader.shape(), let tag = reader.number(UInt8.self),
            let elements = elements(tag, &reader), count == elements.count
        else { return nil }
        return TypedArray(shape: shape, elements)
    }

    private static func elements(
        _ tag: UInt8, _ reader: inout SealedReader
    ) -> TypedArray.Elements? {
        switch tag {
        case 0: return reader.numbers(Float.self).map { .float32($0) }
        case 1: return reader.numbers(Double.self).map { .float64($0) }
        case 2: return reader.numbers(Int64.self).map { .int64($0) }
        case 3: return reader.numbers(UInt8.self).map { .uint8($0) }
        case 4:
            guard let count = reader.number(UInt32.self) else { return nil }
            var texts: [String] = []
            for _ in 0..<count {
                guard let text = reader.text() else { return nil }
                texts.append(text)
            }
            return .text(texts)
        default: return nil
        }
    }
}

extension TypedArray.Elements {
    fileprivate var count: Int {
        switch self {
        case .float32(let values): values.count
        case .float64(let values): values.count
        case .int64(let values): values.count
        case .uint8(let values): values.count
        case .text(let values): values.count
        }
    }
}
