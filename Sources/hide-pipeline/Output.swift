import Foundation
import Glibc
import Pipeline
import Synchronization

/// The one door to standard output and standard error: nothing from a file or from the command line
/// gets through it with a control character in it, and no failed write goes unnoticed.
package enum Output {
    /// The longest line for people, in characters; what is behind it is left out and counted.
    private static let lineLimit = 10_000
    /// What the first failed write to standard output said; 0 while all is well.
    private static let failure = Atomic<Int32>(0)

    /// Prints text for people, and a line feed.
    package static func line(_ text: String = "") {
        write(bounded(safe(text)) + "\n", to: STDOUT_FILENO)
    }

    /// Prints text for people that has its line feeds.
    package static func text(_ text: String) {
        write(bounded(safe(text)), to: STDOUT_FILENO)
    }

    /// Prints text for programs, such as JSON or YAML, whole.
    package static func data(_ text: String) {
        write(safe(text), to: STDOUT_FILENO)
    }

    /// Prints comma-separated values, whose lines end with carriage return and line feed.
    package static func table(_ text: String) {
        let lines = text.components(separatedBy: "\r\n").map(safe)
        write(lines.joined(separator: "\r\n"), to: STDOUT_FILENO)
    }

    /// Prints a line on standard error.
    package static func error(_ text: String) {
        write(bounded(safe(text)) + "\n", to: STDERR_FILENO)
    }

    /// Writes what the program itself composed for the live part of a terminal, escapes and all. What
    /// comes from elsewhere must have gone through `safe`.
    package static func draw(_ text: String, onError: Bool = false) {
        write(text, to: onError ? STDERR_FILENO : STDOUT_FILENO)
    }

    /// The text without control characters except line feeds and tabs.
    package static func safe(_ text: String) -> String {
        Printable.text(text, keepsLines: true)
    }

    /// Whether a stream is a terminal that understands escapes: `TERM` names one, and `NO_COLOR`, by
    /// which users ask for plain text, is not set.
    package static func isLive(onError: Bool = false) -> Bool {
        let environment = ProcessInfo.processInfo.environment
        let terminal = environment["TERM"] ?? ""
        guard !terminal.isEmpty, terminal != "dumb", (environment["NO_COLOR"] ?? "").isEmpty
        else { return false }
        return isatty(onError ? STDERR_FILENO : STDOUT_FILENO) == 1
    }

    /// The columns of a terminal that a line may fill; 80 where there is none.
    package static func width(onError: Bool = false) -> Int {
        var size = winsize()
        let number = onError ? STDERR_FILENO : STDOUT_FILENO
        guard ioctl(number, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 1 else { return 80 }
        return Int(size.ws_col) - 1
    }

    /// The code that the program ends with: output that could not be written is never success.
    package static func code(after code: Int32) -> Int32 {
        let hasFailed = failure.load(ordering: .relaxed) != 0
        return hasFailed && code != ProgramStatus.interrupted.rawValue
            ? ProgramStatus.storeFailed.rawValue : code
    }

    /// Makes the three standard descriptors exist: a file that got the number of a closed one would
    /// receive what is printed. Writing to the stand-in fails.
    package static func openStandardDescriptors() {
        for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) == -1 {
            // The lowest free number is this one.
            _ = open("/dev/null", O_RDONLY)
        }
    }

    // MARK: Writing

    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > lineLimit else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            guard line.utf8.count > lineLimit, line.count > lineLimit else { return String(line) }
            return "\(line.prefix(lineLimit))… (\(line.count) characters)"
        }.joined(separator: "\n")
    }

    /// Writes everything, without a buffer. A reader that went away ends the program by SIGPIPE, as it
    /// does for every filter.
    private static func write(_ text: String, to number: Int32) {
        if number == STDOUT_FILENO, failure.load(ordering: .relaxed) != 0 { return }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var waiting = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
                _ = poll(&waiting, 1, -1)
            } else if errno != EINTR {
                if number == STDOUT_FILENO { failed(errno) }
                return
            }
        }
    }

    /// Says once that standard output is lost. What is computed is still kept in the store.
    private static func failed(_ code: Int32) {
        let isFirst = failure.exchange(code, ordering: .relaxed) == 0
        if isFirst {
            error("standard output cannot be written: \(String(cString: strerror(code)))")
        }
    }
}
