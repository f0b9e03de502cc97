import Data
import Foundation
import Glibc
import Pipeline

/// Shows how fetching goes: a bar on a terminal, a line now and then elsewhere, or JSON.
final class FetchPrinter {
    /// How progress is shown.
    enum Style {
        case bar, lines, json
    }

    private let style: Style
    private var subject = ""
    /// Whether a bar is on the screen.
    private var hasBar = false
    private var lastDraw = 0.0
    /// When the transfer in progress brought its first bytes, and how many were there then.
    private var start: (time: Double, byteCount: Int)?
    /// The last tenth that a line was printed for.
    private var tenth = 0

    init(style: Style) { self.style = style }

    /// The style for standard output.
    static func style(json: Bool) -> Style {
        if json { return .json }
        return Output.isLive() ? .bar : .lines
    }

    func show(_ event: Fetcher.Event, of item: FetchItem) {
        subject = item.name
        switch event {
        case .present(let file):
            say("\(file.name): already there", "present", file)
        case .started(let file, let address):
            (start, tenth) = (nil, 0)
            say("\(file.name): \(address)", "started", file, ["address": .string(address)])
        case .progress(let file, .received(let done, let total)):
            received(file, done, total)
        case .progress(let file, .checked(let done, let total)):
            step(file, "checking", done, total)
        case .progress(let file, .note(let text)):
            say("\(file.name): \(text)", "note", file, ["note": .string(text)])
        case .unpacking(let file, let done, let total):
            step(file, "unpacking", done, total)
        case .finished(let file, let places):
            say(
                "\(file.name): ready in \(places.joined(separator: ", "))", "finished", file,
                ["places": .array(places.map(Value.string))])
        }
    }

    /// Removes the bar, so that something else can be printed.
    func clear() {
        if hasBar { Output.draw("\r\u{1B}[K") }
        hasBar = false
    }

    private func received(_ file: FetchFile, _ done: Int, _ total: Int?) {
        let now = ProcessInfo.processInfo.systemUptime
        let start = start ?? (now, done)
        self.start = start
        let rate = now > start.time ? Double(done - start.byteCount) / (now - start.time) : 0
        var words = Words.bytes(done)
        if let total {
            words += " of \(Words.bytes(total))"
            if rate > 0 {
                let left = Words.duration(Double(total - done) / rate)
                words += ", \(Words.bytes(Int(rate)))/s, \(left) left"
            }
        }
        progress(file, "received", done, total, words)
    }

    private func step(_ file: FetchFile, _ action: String, _ done: Int, _ total: Int) {
        progress(file, action, done, total, action)
    }

    private func progress(
        _ file: FetchFile, _ action: String, _ done: Int, _ total: Int?, _ words: String
    ) {
        let now = ProcessInfo.processInfo.systemUptime
        let isDue = now - lastDraw >= 0.1 || done == total
        switch style {
        case .bar where isDue:
            Output.draw(
                "\r\u{1B}[K" + Self.bar(file.name, done, total, words, width: Output.width()))
            (hasBar, lastDraw) = (true, now)
        case .lines where action == "received":
            // Every tenth, or every 100 MB where the size is not known.
            let tenth = total.map { $0 > 0 ? done * 10 / $0 : 10 } ?? done / 100_000_000
            if tenth > self.tenth {
                self.tenth = tenth
                Output.line("\(file.name): \(words)")
            }
        case .json where isDue:
            lastDraw = now
            emit(action, file, ["done": .integer(done), "of": total.map(Value.integer) ?? .null])
        default: break
        }
    }

    /// `name [=====     ]  50%  words`, as wide as the terminal at most.
    static func bar(
        _ name: String, _ done: Int, _ total: Int?, _ words: String, width: Int
    ) -> String {
        let name = Printable.text(name)
        guard let total, total > 0 else { return String("\(name)  \(words)".prefix(width)) }
        let filled = min(20, done * 20 / total)
        let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: 20 - filled)
        let percent = String(format: "%3d", min(100, done * 100 / total))
        return String("\(name) [\(bar)] \(percent)%  \(words)".prefix(width))
    }

    private func say(
        _ line: String, _ event: String, _ file: FetchFile, _ fields: [String: Value] = [:]
    ) {
        clear()
        if style == .json { return emit(event, file, fields) }
        Output.line(line)
    }

    private func emit(_ event: String, _ file: FetchFile, _ fields: [String: Value]) {
        let known: [(String, Value)] = [
            ("event", .string("fetch-\(event)")), ("name", .string(subject)),
            ("file", .string(file.name)),
        ]
        let members = known + fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        Output.data(JSONObject(members: members).text + "\n")
    }
}
