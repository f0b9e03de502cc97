/// What is in an HDF5 file, as text: for `inspect`.
public enum ArtifactDescription {
    /// The first bytes of every HDF5 file.
    private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

    /// Describes a file; nil when it is no HDF5 file.
    ///
    /// - Throws: `UnreadableInput` when it is missing or damaged.
    public static func text(of path: String) throws(UnreadableInput) -> String? {
        guard try isHDF5(path) else { return nil }
        do {
            return try describe(try HDF5File.open(path, byteLimit: 1 << 28))
        } catch {
            throw UnreadableInput(path: path, problem: "\(error)")
        }
    }

    /// Whether a file is an HDF5 file.
    ///
    /// - Throws: `UnreadableInput` when it is missing.
    package static func isHDF5(_ path: String) throws(UnreadableInput) -> Bool {
        do throws(FileError) {
            return try isHDF5(try DiskFiles().open(path))
        } catch {
            throw UnreadableInput(
                path: path, problem: error.isAbsence ? "does not exist" : error.problem)
        }
    }

    /// The signature stands at the start, or behind a block of the user of 512 bytes or a power of two
    /// times as many (as in MATLAB's files of version 7.3).
    private static func isHDF5(_ file: OpenFile) throws(FileError) -> Bool {
        var offset = 0
        while offset < 1 << 24 {
            let bytes = try file.bytes(at: offset, limit: signature.count)
            if bytes.isEmpty { return false }
            if bytes == signature { return true }
            offset = max(2 * offset, 512)
        }
        return false
    }

    private static func describe(_ file: HDF5File) throws(HDF5Error) -> String {
        var lines: [String] = []
        // Files of others have types that are not read: the rest is described all the same.
        do {
            for (name, value) in try file.attributes().sorted(by: { $0.key < $1.key }) {
                lines.append("\(name): \(plain(value))")
            }
        } catch {
            lines.append("cannot \(error.operation): \(error.problem)")
        }
        for path in try file.datasets() {
            do {
                lines += try dataset(path, in: file)
            } catch {
                lines.append("\(path): cannot be read: \(error.problem)")
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    private static func dataset(
        _ path: String, in file: HDF5File
    ) throws(HDF5Error) -> [String] {
        let shape = try file.shape(of: path)
        if shape.isEmpty || shape == [1] { return try scalar(path, in: file) }
        return ["\(path): " + shape.map(String.init).joined(separator: " × ")]
    }

    /// A single element; text of several lines is indented below its name.
    private static func scalar(
        _ path: String, in file: HDF5File
    ) throws(HDF5Error) -> [String] {
        let text: String? =
            switch try file.read(path).elements {
            case .float32(let values): values.first.map { "\($0)" }
            case .float64(let values): values.first.map { "\($0)" }
            case .int64(let values): values.first.map { "\($0)" }
            case .uint8(let values): values.first.map { "\($0)" }
            case .text(let values): values.first
            }
        let lines = (text ?? "").split(separator: "\n")
        if lines.count <= 1 { return ["\(path): \(lines.first ?? "")"] }
        return ["\(path):"] + lines.map { "  \($0)" }
    }

    private static func plain(_ value: Value) -> String {
        switch value {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .real(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        case .null: ""
        case .array(let values): "[" + values.map(plain).joined(separator: ", ") + "]"
        case .object(let members):
            members.sorted { $0.key < $1.key }.map { "\($0.key) = \(plain($0.value))" }
                .joined(separator: ", ")
        }
    }
}
