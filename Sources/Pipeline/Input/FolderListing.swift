import Glibc

/// What lies in a folder, as the system has it: the one loop over the entries of a folder.
enum FolderListing {
    /// Why a folder could not be listed to its end.
    struct Failure: Error {
        /// The number of the error.
        let code: Int32
        /// Whether it was opened: the error came among its entries.
        let isOpened: Bool
    }

    /// The names, in the order of the folder, without `.` and `..`. An error is never taken for the end.
    static func names(in folder: String) throws(Failure) -> [[UInt8]] {
        guard let stream = retryingPointer({ opendir(folder) }) else {
            throw Failure(code: errno, isOpened: false)
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            // The end and an error differ in this alone, and other calls may have set it.
            errno = 0
            guard let entry = readdir(stream) else {
                if errno == EINTR { continue }
                guard errno == 0 else { throw Failure(code: errno, isOpened: true) }
                return names
            }
            let name = name(of: entry)
            if name != [46] && name != [46, 46] { names.append(name) }
        }
    }

    /// The name of an entry, which may be longer than the field that the header declares.
    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
        let start = UnsafeRawPointer(entry).advanced(by: offset)
        return Array(
            UnsafeRawBufferPointer(
                start: start, count: strlen(start.assumingMemoryBound(to: CChar.self))))
    }
}
