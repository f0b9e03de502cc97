import Dispatch
import Glibc
import Synchronization

/// Watches for SIGINT, SIGTERM and SIGHUP: the first asks for a graceful stop, the second ends the
/// program at once.
final class StopSignals: Sendable {
    /// The first signal: asks the run to stop.
    private let stop: @Sendable () -> Void
    /// The second signal: says the last words; the program ends when they are said.
    private let lastWords: @Sendable () -> Void
    private let count = Atomic(0)

    init(stop: @escaping @Sendable () -> Void, lastWords: @escaping @Sendable () -> Void) {
        self.stop = stop
        self.lastWords = lastWords
    }

    /// Watches while `body` runs.
    func watching<T>(_ body: () async throws -> T) async rethrows -> T {
        let queue = DispatchQueue(label: "stop-signals", qos: .userInteractive)
        let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            // The default action would end the process before the source sees the signal.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { self.received() }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        return try await body()
    }

    private func received() {
        if count.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue == 0 {
            stop()
        } else {
            lastWords()
            _exit(ErrorReport.Code.interrupted.rawValue)
        }
    }
}
