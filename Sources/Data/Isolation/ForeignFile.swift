public import Pipeline

/// A file that others wrote, read by a process of its own: libhdf5 and libmatio can crash, loop or
/// allocate without bound on a damaged file, and then take nobody with them.
///
/// Artifacts of the store are not read this way: their digest is checked before libhdf5 sees them.
public struct ForeignFile: Sendable {
    /// What a read may take.
    public struct Limits: Sendable, Hashable {
        /// Time on the clock, in seconds.
        public var seconds: Double
        /// Memory of the reading process besides what it starts with, in bytes.
        public var memoryBytes: Int

        /// Creates limits.
        public init(seconds: Double = 30, memoryBytes: Int = 1 << 30) {
            self.seconds = seconds
            self.memoryBytes = memoryBytes
        }
    }

    /// What an HDF5 file holds.
    public struct Content: Sendable, Equatable {
        /// The datasets that were read, by path.
        public var arrays: [String: TypedArray] = [:]
        /// Why the other datasets were not, by path.
        public var refused: [String: String] = [:]

        /// Creates content.
        public init() {}
    }

    /// The file.
    public let path: String
    private let reader: IsolatedReader

    /// Names a file; nothing is read yet.
    ///
    /// - Parameter program: the program that reads; nil for this one.
    public init(_ path: String, limits: Limits = Limits(), program: String? = nil) {
        self.path = path
        reader = IsolatedReader(limits: limits, program: program ?? IsolatedReader.ownProgram)
    }

    /// Reads all datasets of an HDF5 file.
    ///
    /// - Throws: `UnreadableInput` when the file is missing, damaged or too large, or when reading it
    ///   crashed or took too long.
    public func hdf5() throws(UnreadableInput) -> Content {
        guard case .content(let content) = try reader.answer(to: .hdf5, about: path) else {
            throw UnreadableInput(path: path, problem: IsolatedReader.damagedAnswer)
        }
        return content
    }

    /// Reads variables of a MATLAB file of version 4 to 7; those of version 7.3 are HDF5 files.
    ///
    /// - Parameter names: the variables to read, as far as the file has them; nil for all.
    /// - Throws: like `hdf5()`.
    public func matlab(
        _ names: Set<String>? = nil
    ) throws(UnreadableInput) -> [String: MATValue] {
        let answer = try reader.answer(to: .matlab, about: path, names: names?.sorted() ?? [])
        guard case .variables(let variables) = answer else {
            throw UnreadableInput(path: path, problem: IsolatedReader.damagedAnswer)
        }
        return variables
    }

    /// Describes a file for `inspect`; nil when it is neither an HDF5 nor a MATLAB file.
    ///
    /// - Throws: like `hdf5()`.
    public func description() throws(UnreadableInput) -> String? {
        guard case .description(let text) = try reader.answer(to: .description, about: path) else {
            throw UnreadableInput(path: path, problem: IsolatedReader.damagedAnswer)
        }
        return text
    }
}
