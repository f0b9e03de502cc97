import CHDF5

/// An open HDF5 file. Paths name objects from the root, groups separated by `/`; link names may
/// contain dots ("blocks.3.attn.qkv.weight").
///
/// Reads any file: floats of 2 to 4 bytes as `float32`, of 8 as `float64`, unsigned bytes and
/// booleans as `uint8`, other integers as `int64`, strings of fixed or variable length as `text`.
/// Writes contiguous little-endian datasets: measured with 74 MB, writing takes 22 ms against
/// 102 ms for chunks with fletcher32; content is guarded by the digest of the whole file.
///
/// `@unchecked Sendable`: the only mutable state, `identifier`, is read and written inside
/// `HDF5Library.serialized` alone, and `deinit` runs when no reference is left.
package final class HDF5File: @unchecked Sendable {
    /// The path the file was opened with.
    package let path: String
    /// The greatest size of an array that is read, in bytes.
    package let byteLimit: Int
    private var identifier: hid_t
    /// Where the bytes come from; lives as long as the library may ask for them.
    private let source: HDF5Source?

    private init(path: String, byteLimit: Int, identifier: hid_t, source: HDF5Source?) {
        self.path = path
        self.byteLimit = byteLimit
        self.identifier = identifier
        self.source = source
    }

    deinit {
        let identifier = identifier
        guard identifier >= 0 else { return }
        HDF5Library.serialized { _ = H5Fclose(identifier) }
    }

    /// Opens a file for reading. Its bytes are read by `OpenFile`: the library has no descriptor, and
    /// opens none that the file names.
    ///
    /// - Parameter byteLimit: the greatest size of an array that is read, in bytes.
    package static func open(
        _ path: String, byteLimit: Int = 1 << 40
    ) throws(HDF5Error) -> HDF5File {
        let source: HDF5Source
        do throws(FileError) {
            source = HDF5Source(try DiskFiles().open(path))
        } catch {
            throw HDF5Error(file: path, operation: "open the file", problem: error.problem)
        }
        return try open(source, as: path, byteLimit: byteLimit)
    }

    /// Opens a file whose bytes somebody else gives.
    ///
    /// - Parameter path: what errors call the file.
    package static func open(
        _ source: HDF5Source, as path: String, byteLimit: Int = 1 << 40
    ) throws(HDF5Error) -> HDF5File {
        try make(path, "open the file", byteLimit: byteLimit, source: source) { _ in
            source.open()
        }
    }

    /// Creates a file for writing.
    ///
    /// - Throws: also when the file exists.
    package static func create(_ path: String) throws(HDF5Error) -> HDF5File {
        try make(path, "create the file", hide_h5_create)
    }

    /// Creates a file in memory; `image` gives its bytes. The store writes those itself, so that a
    /// full disk is an error number of one system call and not a half-closed HDF5 file.
    ///
    /// - Parameters:
    ///   - name: what errors call the file.
    ///   - capacity: about the bytes it will have; memory grows by this much at a time.
    package static func inMemory(_ name: String, capacity: Int) throws(HDF5Error) -> HDF5File {
        // The library takes two open files in memory with one name for the same file.
        let unique = "\(name)-\(UInt64.random(in: 0 ... .max))"
        return try make(name, "create the file in memory") { _ in
            unique.withCString { hide_h5_create_in_memory($0, max(capacity, 1 << 16)) }
        }
    }

    /// The bytes of the file as it would be on disk.
    package func image() throws(HDF5Error) -> [UInt8] {
        try withFile { (file) throws(HDF5Error) in
            try check(hide_h5_flush(file), "write the file in memory")
            let count = try check(H5Fget_file_image(file, nil, 0), "size the file in memory")
            var bytes = [UInt8](repeating: 0, count: count)
            let written = bytes.withUnsafeMutableBytes {
                H5Fget_file_image(file, $0.baseAddress, $0.count)
            }
            try check(written, "copy the file in memory")
            return bytes
        }
    }

    private static func make(
        _ path: String, _ operation: String, byteLimit: Int = 1 << 40,
        source: HDF5Source? = nil, _ call: (UnsafePointer<CChar>?) -> hid_t
    ) throws(HDF5Error) -> HDF5File {
        try HDF5Library.serialized { () throws(HDF5Error) -> HDF5File in
            let identifier = path.withCString { call($0) }
            guard identifier >= 0 else {
                let problem = source?.failure?.problem ?? HDF5Library.errorStack()
                throw HDF5Error(file: path, operation: operation, problem: problem)
            }
            return HDF5File(
                path: path, byteLimit: byteLimit, identifier: identifier, source: source)
        }
    }

    /// Closes the file; what was written is with the operating system then. Later calls throw.
    package func close() throws(HDF5Error) {
        try HDF5Library.serialized { () throws(HDF5Error) in
            guard identifier >= 0 else { return }
            let status = H5Fclose(identifier)
            identifier = -1
            try check(status, "close the file")
        }
    }

    /// The names of the links in a group, sorted.
    package func children(of group: String = "/") throws(HDF5Error) -> [String] {
        try withObject(group) { (object) throws(HDF5Error) in
            var information = H5G_info_t()
            try check(H5Gget_info(object, &information), "list group '\(group)'")
            var names: [String] = []
            for index in 0..<information.nlinks {
                names.append(try linkName(in: object, at: index, group: group))
            }
            return names
        }
    }

    /// Whether a path leads to an object.
    package func contains(_ path: String) throws(HDF5Error) -> Bool {
        try HDF5Library.serialized { () throws(HDF5Error) in
            try checkOpen()
            var prefix = ""
            // "H5Lexists … all the links on the way must exist": one question a component.
            for component in path.split(separator: "/") {
                prefix += "/\(component)"
                let answer = H5Lexists(identifier, prefix, hide_h5_default())
                try check(answer, "look for '\(prefix)'")
                if answer == 0 { return false }
                try checkLink(prefix, "look for '\(prefix)'")
            }
            return true
        }
    }

    /// What a path leads to.
    package enum Kind: Sendable, Hashable {
        case group, dataset
        /// A named type, which holds no data.
        case type
    }

    /// What a path leads to, and a number that is the same for all paths to one object.
    package func object(at path: String) throws(HDF5Error) -> (kind: Kind, address: UInt64) {
        try withObject(path) { (object) throws(HDF5Error) in
            var address: UInt64 = 0
            try check(hide_h5_address(object, &address), "look at object '\(path)'")
            switch H5Iget_type(object) {
            case H5I_GROUP: return (.group, address)
            case H5I_DATASET: return (.dataset, address)
            default: return (.type, address)
            }
        }
    }

    /// The paths of all datasets below a group, relative to it, sorted within each group. A group is
    /// entered once, whatever the number of paths to it; a link that leads nowhere counts as a
    /// dataset, so that whoever reads it is told.
    package func datasets(below group: String = "/") throws(HDF5Error) -> [String] {
        var entered: Set<UInt64> = [try object(at: group).address]
        return try datasets(below: group, &entered)
    }

    private func datasets(
        below group: String, _ entered: inout Set<UInt64>
    ) throws(HDF5Error) -> [String] {
        var paths: [String] = []
        for name in try children(of: group) {
            let path = group.hasSuffix("/") ? group + name : "\(group)/\(name)"
            guard let (kind, address) = try? object(at: path), kind == .group else {
                paths.append(name)
                continue
            }
            guard entered.insert(address).inserted else { continue }
            paths += try datasets(below: path, &entered).map { "\(name)/\($0)" }
        }
        return paths
    }

    /// Runs `body` with an open object, inside the library's owner.
    func withObject<Result: Sendable>(
        _ path: String, _ body: (hid_t) throws(HDF5Error) -> Result
    ) throws(HDF5Error) -> Result {
        try HDF5Library.serialized { () throws(HDF5Error) -> Result in
            try checkOpen()
            try checkLinks(path)
            let object = HDF5Handle(
                try check(H5Oopen(identifier, path, hide_h5_default()), "open object '\(path)'"),
                close: { H5Oclose($0) })
            return try body(object.id)
        }
    }

    /// Runs `body` with the file's identifier, inside the library's owner.
    func withFile<Result: Sendable>(
        _ body: (hid_t) throws(HDF5Error) -> Result
    ) throws(HDF5Error) -> Result {
        try HDF5Library.serialized { () throws(HDF5Error) -> Result in
            try checkOpen()
            return try body(identifier)
        }
    }

    /// Turns a negative return code into an error.
    @discardableResult
    func check<Code: SignedInteger>(
        _ code: Code, _ operation: @autoclosure () -> String
    ) throws(HDF5Error) -> Code {
        if code >= 0 { return code }
        let stack = HDF5Library.errorStack()
        throw HDF5Error(
            file: path, operation: operation(), problem: source?.failure?.problem ?? stack)
    }

    private func checkOpen() throws(HDF5Error) {
        if identifier >= 0 { return }
        throw HDF5Error(file: path, operation: "use the file", problem: "it is closed")
    }

    /// Refuses a path with a link that is more than another name of an object: such a link may leave
    /// the file, and nothing that this program reads needs one.
    private func checkLinks(_ path: String) throws(HDF5Error) {
        var prefix = ""
        for component in path.split(separator: "/") where component != "." {
            prefix += "/\(component)"
            try checkLink(prefix, "open object '\(path)'")
        }
    }

    private func checkLink(_ link: String, _ operation: String) throws(HDF5Error) {
        var (target, file) = ("", "")
        let kind = HDF5Library.texts(&target, &file) { hide_h5_link(identifier, link, $0, $1, $2) }
        // The library says more of what is not there when it is asked to open it.
        if kind < 0 { return }
        let words: String
        switch Int(kind) {
        case HIDE_H5_HARD: return
        case HIDE_H5_SOFT: words = "a link to '\(target)'"
        case HIDE_H5_EXTERNAL: words = "a link to '\(target)' in the file '\(file)'"
        default: words = "a link of an unknown kind"
        }
        throw HDF5Error(
            file: path, operation: operation, problem: "it is \(words), which is not followed")
    }

    private func linkName(
        in object: hid_t, at index: hsize_t, group: String
    ) throws(HDF5Error) -> String {
        let operation = "list group '\(group)'"
        func ask(_ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int {
            H5Lget_name_by_idx(
                object, ".", H5_INDEX_NAME, H5_ITER_INC, index, buffer, capacity,
                hide_h5_default())
        }
        let length = try check(ask(nil, 0), operation)
        var bytes = [CChar](repeating: 0, count: length + 1)
        let written = bytes.withUnsafeMutableBufferPointer { ask($0.baseAddress, $0.count) }
        try check(written, operation)
        return String(decoding: bytes.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
