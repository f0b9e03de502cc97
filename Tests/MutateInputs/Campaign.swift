import Foundation
import Glibc
import Pipeline

/// Mutations of one subject's seeds, read one after the other.
struct Campaign {
    /// The address space that a reader may ask for above what the program has, in bytes. Above it, an
    /// allocation fails and the process ends.
    static let memoryLimit: rlim_t = 3 << 30

    /// The processor time that a case may take, in seconds. Above it, a signal ends the process.
    static let secondsLimit = 10

    private let subject: Subject
    private let seed: UInt64
    private let seeds: [Seed]
    private let marker: Int32
    private let input: MemoryFile

    /// Prepares the seeds.
    ///
    /// - Parameters:
    ///   - data: the folder of real data; an absent one adds no seeds.
    ///   - marker: the file that gets the number of the case in progress.
    init(subject: Subject, seed: UInt64, data: URL, marker: String) throws {
        self.subject = subject
        self.seed = seed
        seeds = try subject.seeds(data)
        self.marker = open(marker, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard self.marker >= 0 else { throw MarkerError(path: marker) }
        input = try MemoryFile()
        var limit = rlimit(rlim_cur: Self.memoryLimit, rlim_max: Self.memoryLimit)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    }

    /// Reads the cases and returns a line of figures: cases, those read, those refused, the growth of
    /// the resident memory in KiB.
    func run(_ cases: Range<UInt64>) throws -> String {
        let before = Self.peak
        var readCount = 0
        for number in cases {
            var random = CaseRandom(seed: seed, number: number)
            let seed = seeds[random.below(seeds.count)]
            mark(number, seed)
            let other = seeds[random.below(seeds.count)]
            let bytes = subject.repaired(
                Mutator.mutated(seed.bytes, with: other.bytes, &random), &random)
            do {
                try subject.read(bytes, through: input)
                readCount += 1
            } catch {
                // Every refusal has a text, and making it must not crash either.
                guard !"\(error)".isEmpty else { throw error }
            }
        }
        let growth = Self.peak - before
        return "\(cases.count) \(readCount) \(cases.count - readCount) \(growth)"
    }

    /// Notes the case that is about to be read, so that its crash has a name, and starts its clock.
    private func mark(_ number: UInt64, _ seed: Seed) {
        let text = Array("\(number) \(seed.name)\n".utf8)
        pwrite(marker, text, text.count, 0)
        ftruncate(marker, off_t(text.count))
        var clock = itimerval()
        clock.it_value.tv_sec = Self.secondsLimit
        setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &clock, nil)
    }

    /// The greatest resident memory so far, in KiB.
    private static var peak: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }
}

/// A marker file that cannot be written.
struct MarkerError: Error {
    let path: String
}

/// A file without a name, rewritten for each case.
struct MemoryFile {
    private let descriptor: Int32

    init() throws {
        var template = Array("/tmp/mutate-inputs-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw MarkerError(path: "/tmp") }
        unlink(template)
    }

    /// The path under which readers open it.
    var path: String { "/proc/self/fd/\(descriptor)" }

    func write(_ bytes: [UInt8]) {
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, off_t(written))
            }
            precondition(count > 0, "cannot write a case")
            written += count
        }
        // Emptying the file first would make some file systems write it to disk.
        ftruncate(descriptor, off_t(bytes.count))
    }
}
