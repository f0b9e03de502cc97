import Foundation

/// Seconds on the clock and on processors.
struct Duration {
    var wall = 0.0
    var processor = 0.0

    /// Measures a piece of work.
    init(of body: () throws -> Void) rethrows {
        let wall = Self.now(CLOCK_MONOTONIC)
        let processor = Self.now(CLOCK_PROCESS_CPUTIME_ID)
        try body()
        self.wall = Self.now(CLOCK_MONOTONIC) - wall
        self.processor = Self.now(CLOCK_PROCESS_CPUTIME_ID) - processor
    }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}

/// The middle value, or the mean of the two in the middle.
func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Prints one JSON object on a line.
func report(_ name: String, _ fields: [(String, Double)]) {
    let texts = fields.map { "\"\($0.0)\":\(String(format: "%.4g", $0.1))" }
    print("{\"bench\":\"\(name)\"," + texts.joined(separator: ",") + "}")
    fflush(nil)
}

/// A folder that is removed with the value.
final class ScratchFolder {
    let url = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)")

    init() throws {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ bytes: [UInt8], to name: String) throws {
        let target = url.appending(path: name)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: target)
    }
}
