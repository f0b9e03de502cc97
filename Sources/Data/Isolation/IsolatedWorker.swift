import CProcess
import Glibc
import Pipeline

/// The process that reads one foreign file: it limits itself, reads, and answers on standard output.
public enum IsolatedWorker {
    /// The command that starts it. Not for users, and not in `--help`.
    public static let command = "__read-foreign"

    /// Answers a request, and never fails.
    ///
    /// - Parameters:
    ///   - names: the variables of a MATLAB file to read; none stands for all.
    ///   - memoryBytes: memory that reading may take besides what the process has already.
    ///   - seconds: time on a processor.
    ///   - parent: the process that waits for the answer, and whose end is the end of this one.
    public static func run(
        _ request: String, path: String, names: [String], memoryBytes: Int, seconds: Int,
        parent: Int32
    ) {
        if hide_process_end_with_parent(parent) != 0 { return }
        limit(memoryBytes: memoryBytes, seconds: seconds)
        let answer =
            ForeignRequest(rawValue: request).map {
                Self.answer(to: $0, path: path, names: names, memoryBytes: memoryBytes)
            } ?? .refused("unknown request '\(request)'")
        write(answer.bytes)
    }

    /// Takes from this process what a file must not use up. The process that waits ends this one
    /// after `seconds` on the clock; should that one hang, the alarm does.
    private static func limit(memoryBytes: Int, seconds: Int) {
        let limits: [(__rlimit_resource, Int)] = [
            (RLIMIT_AS, addressBytes + memoryBytes), (RLIMIT_CPU, seconds), (RLIMIT_CORE, 0),
            (RLIMIT_FSIZE, 0),
        ]
        for (resource, value) in limits {
            var limit = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
            _ = setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
        }
        alarm(UInt32(clamping: 2 * seconds))
    }

    /// The address space in use; the first number of `statm` counts its pages.
    private static var addressBytes: Int {
        let bytes = (try? DiskFiles().read("/proc/self/statm")) ?? []
        let pages = Int(String(decoding: bytes.prefix { $0 != 32 }, as: UTF8.self)) ?? 0
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    private static func answer(
        to request: ForeignRequest, path: String, names: [String], memoryBytes: Int
    ) -> ForeignAnswer {
        do {
            switch request {
            case .hdf5:
                // The array, its copy in the answer, and what the library holds meanwhile.
                let file = try HDF5File.open(path, byteLimit: memoryBytes / 4)
                var reader = HDF5Content(file: file)
                try reader.read()
                return .content(reader.content)
            case .matlab:
                return .variables(
                    try MATFile(path).variables(names.isEmpty ? nil : Set(names)))
            case .description:
                return .description(
                    try ArtifactDescription.text(of: path) ?? MATDescription.text(of: path))
            }
        } catch let error as HDF5Error {
            return .refused("cannot \(error.operation): \(error.problem)")
        } catch let error as UnreadableInput {
            return .refused(error.problem)
        } catch {
            return .refused("\(error)")
        }
    }

    private static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { bytes in
                retrying { Glibc.write(STDOUT_FILENO, bytes.baseAddress, bytes.count) }
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Collects the datasets of a file, in the order of their paths. A group is entered once, whatever the
/// number of paths to it, so that groups which hold each other come to an end.
private struct HDF5Content {
    /// More objects than any file that is read has.
    private static let maximumObjectCount = 100_000

    let file: HDF5File
    private(set) var content = ForeignFile.Content()
    private var entered: Set<UInt64> = []
    private var objectCount = 0
    private var readBytes = 0

    init(file: HDF5File) { self.file = file }

    /// Reads everything.
    ///
    /// - Throws: when the root cannot be listed; what is wrong below it stands in the content.
    mutating func read() throws(HDF5Error) {
        entered.insert(try file.object(at: "/").address)
        // A stack of its own: groups may be nested deeper than calls.
        var paths = Array(try file.children().reversed())
        while let path = paths.popLast() {
            objectCount += 1
            guard objectCount <= Self.maximumObjectCount else {
                content.refused[path] = "more than \(Self.maximumObjectCount) objects"
                return
            }
            do throws(HDF5Error) {
                let (kind, address) = try file.object(at: path)
                switch kind {
                case .group where entered.insert(address).inserted:
                    paths += try file.children(of: path).reversed().map { "\(path)/\($0)" }
                case .dataset: try add(path)
                case .group, .type: continue
                }
            } catch {
                content.refused[path] = error.problem
            }
        }
    }

    private mutating func add(_ path: String) throws(HDF5Error) {
        let array = try file.read(path)
        readBytes += Artifact(arrays: [path: array]).byteCount
        if readBytes <= file.byteLimit {
            content.arrays[path] = array
        } else {
            content.refused[path] =
                "with the datasets before it more than the limit of \(file.byteLimit) bytes"
        }
    }
}
