import Glibc

/// Text files of the user: the one door to pipeline files, files of settings and lists.
///
/// A text may begin with the byte order mark of UTF-8, which editors leave there. What cannot be read to
/// its end is an error, and nothing that is no plain file is opened for long.
public enum InputText {
    /// Why a file cannot be read.
    public struct Failure: Error, Sendable, Equatable {
        /// `no such file`, `it is a folder`, …
        public let reason: String
    }

    /// The bytes of a file, at most one more than a limit: more say that the file is larger.
    public static func bytes(of path: String, limit: Int) throws(Failure) -> [UInt8] {
        // A FIFO without a writer would never open otherwise.
        let descriptor = retrying { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw Failure(reason: reason(errno)) }
        defer { _ = closeOnce(descriptor) }
        var status = stat()
        guard retrying({ fstat(descriptor, &status) }) == 0 else {
            throw Failure(reason: reason(errno))
        }
        switch InputPath.kind(status) {
        case .file: break
        case .folder: throw Failure(reason: "it is a folder")
        case .other(let kind): throw Failure(reason: "it is \(kind)")
        case .absent: throw Failure(reason: "no such file")
        }
        return try contents(of: descriptor, limit: limit + 1)
    }

    private static func contents(of descriptor: Int32, limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count < limit {
            let wanted = min(chunk.count, limit - bytes.count)
            let count = retrying { read(descriptor, &chunk, wanted) }
            if count < 0 { throw Failure(reason: reason(errno)) }
            if count == 0 { break }
            bytes += chunk.prefix(count)
        }
        return bytes
    }

    /// The bytes of a text without the byte order mark of UTF-8.
    ///
    /// - Throws: `Failure` that names another encoding by its mark.
    public static func unmarked(_ bytes: [UInt8]) throws(Failure) -> ArraySlice<UInt8> {
        let marks: [(mark: [UInt8], encoding: String?)] = [
            ([0xEF, 0xBB, 0xBF], nil), ([0xFF, 0xFE, 0, 0], "UTF-32"),
            ([0, 0, 0xFE, 0xFF], "UTF-32"), ([0xFF, 0xFE], "UTF-16"), ([0xFE, 0xFF], "UTF-16"),
        ]
        guard let found = marks.first(where: { bytes.starts(with: $0.mark) }) else {
            return bytes[...]
        }
        if let encoding = found.encoding { throw Failure(reason: encoding) }
        return bytes.dropFirst(found.mark.count)
    }

    private static func reason(_ code: Int32) -> String {
        switch code {
        case ENOENT, ENOTDIR: "no such file"
        case EACCES: "permission denied"
        case ELOOP: "it is a link that leads to itself"
        case EISDIR: "it is a folder"
        case ENXIO: "it is a FIFO, a socket or a device"
        default: String(cString: strerror(code))
        }
    }
}
