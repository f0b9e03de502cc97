public import Foundation

/// Reads the files of an uncompressed ustar archive into memory.
public struct TarArchive: Sendable {
    /// The contents by path.
    public let files: [String: Data]

    /// Why an archive cannot be read.
    public struct Damaged: Error {
        /// The offset of the bad header.
        public let offset: Int
    }

    /// Reads an archive.
    public init(_ url: URL) throws {
        let bytes = [UInt8](try Data(contentsOf: url))
        var files: [String: Data] = [:]
        var offset = 0
        while offset + 512 <= bytes.count, bytes[offset] != 0 {
            let header = bytes[offset..<offset + 512]
            func field(_ start: Int, _ length: Int) -> String {
                let field = header[offset + start..<offset + start + length]
                return String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
            }
            let size = field(124, 12).trimmingCharacters(in: .whitespaces)
            guard let count = Int(size, radix: 8), offset + 512 + count <= bytes.count else {
                throw Damaged(offset: offset)
            }
            let prefix = field(345, 155)
            let name = prefix.isEmpty ? field(0, 100) : "\(prefix)/\(field(0, 100))"
            if ["", "0"].contains(field(156, 1)) {
                files[name] = Data(bytes[offset + 512..<offset + 512 + count])
            }
            offset += 512 + (count + 511) / 512 * 512
        }
        self.files = files
    }
}
