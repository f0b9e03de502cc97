import Foundation
import Glibc
import Pipeline
import Synchronization

/// SIGINT, SIGTERM and SIGHUP, from the first moment of the program to its last: they end it with 130.
/// While there is work that can be saved the first one asks for a graceful stop, and the second ends
/// the program.
final class StopSignals: Sendable {
    private struct State {
        /// Asks for a graceful stop; nil when there is nothing to save.
        var stop: StopRequest?
        var isStopping = false
        /// What is said before the program ends, and the code that it ends with.
        var lastWords: @Sendable () -> ProgramStatus = { .interrupted }
    }

    /// The signals of this process.
    static let shared = StopSignals()

    /// A byte for each signal goes in here; the handler can reach nothing that is not global.
    private static let writingEnd = Atomic<Int32>(-1)
    private let readingEnd = Atomic<Int32>(-1)
    private let state = Mutex(State())

    private init() {}

    /// Notes signals from here on. Nothing is done about them before `watch`.
    func note() {
        var ends: [Int32] = [-1, -1]
        // Without descriptors for a pipe the signals do what they do by default: they end the program.
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        readingEnd.store(ends[0], ordering: .relaxed)
        Self.writingEnd.store(ends[1], ordering: .relaxed)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // nohup asks that the end of a session be ignored. A script's background commands ignore
            // SIGINT too, but by a rule of the shell and nobody's wish: a run obeys it.
            if number == SIGHUP, Self.isIgnored(number) { continue }
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { _ in
                let code = errno
                var byte: UInt8 = 1
                _ = Glibc.write(StopSignals.writingEnd.load(ordering: .relaxed), &byte, 1)
                errno = code
            }
            action.sa_flags = SA_RESTART
            sigaction(number, &action, nil)
        }
    }

    /// Answers signals from here on, those noted before first.
    ///
    /// - Parameter lastWords: what is said before the program ends, and the code that it ends with.
    func watch(lastWords: (@Sendable () -> ProgramStatus)? = nil) {
        if let lastWords { state.withLock { $0.lastWords = lastWords } }
        let end = readingEnd.load(ordering: .relaxed)
        guard end >= 0 else { return }
        let thread = Thread { [self] in
            var byte: UInt8 = 0
            while true {
                let count = read(end, &byte, 1)
                if count == 1 { received() } else if count == 0 || errno != EINTR { return }
            }
        }
        thread.name = "stop-signals"
        thread.start()
    }

    /// The first signal while `body` runs asks for a graceful stop.
    func stopping<T>(
        _ stop: StopRequest, _ body: () async throws -> T
    ) async rethrows -> T {
        state.withLock { $0.stop = stop }
        defer { state.withLock { $0.stop = nil } }
        return try await body()
    }

    private func received() {
        let (stop, lastWords) = state.withLock { state in
            defer { state.isStopping = state.stop != nil }
            return (state.isStopping ? nil : state.stop, state.lastWords)
        }
        if let stop { return stop.request() }
        _exit(Output.code(after: lastWords().rawValue))
    }

    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
