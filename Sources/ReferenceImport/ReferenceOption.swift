/// An option of the reference's launch commands.
package struct ReferenceOption: Sendable {
    /// How its text becomes a value.
    package enum Kind: String {
        /// Stands alone and means true.
        case flag
        case integer, real, text, integers, reals
        /// Made by a boolean constructor: any text but the empty one is true, `False` included.
        case truth
        /// Takes any text, which is then used as a truth: the same trap.
        case any
        /// A list of characters: a word on the command line explodes into letters.
        case letters
    }

    /// What it does to a result.
    package enum Effect: String {
        case used
        /// The reference parses it and never reads it.
        case unread
        /// Concerns the machine or the display.
        case machine
        /// Has an effect in the reference; here only its default has a counterpart.
        case fixed
        /// Belongs to few-shot learning.
        case fewShot = "few-shot"
    }

    /// As written behind the two dashes.
    package let name: String
    package let kind: Kind
    package let effect: Effect
    private let defaults: [(value: String, patterns: [String])]

    /// All options.
    package static let all: [ReferenceOption] = ReferenceOptionTable.options
        .split(separator: "\n").map { ReferenceOption(line: String($0)) }

    /// All configurations.
    package static let configs = ReferenceOptionTable.configs.split(whereSeparator: \.isWhitespace)
        .map(String.init)

    /// Reads a line of the table.
    private init(line: String) {
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count == 4, let kind = Kind(rawValue: words[1]),
            let effect = Effect(rawValue: words[2])
        else { preconditionFailure("option table: \(line)") }
        name = words[0]
        self.kind = kind
        self.effect = effect
        defaults = words[3].split(separator: " ; ").map { part in
            let halves = part.split(separator: " @ ")
            let patterns = halves.count > 1 ? halves[1].split(separator: " ") : ["*"]
            return (String(halves[0]), patterns.map(String.init))
        }
    }

    /// The spellings that the reference's parser takes.
    var spellings: [String] {
        switch name {
        case "weight-decay": ["--weight-decay", "--weight_decay"]
        case "decay-rate": ["--decay-rate", "--dr"]
        case "pin-mem": ["--pin-mem", "--no-pin-mem"]
        default: ["--\(name)"]
        }
    }

    /// The default in a configuration; nil where the configuration does not know the option.
    package func fallback(in config: String) -> ReferenceValue? {
        let fitting = defaults.last { $0.patterns.contains { Self.fits(config, $0) } }
        guard let fitting, fitting.value != "absent" else { return nil }
        return ReferenceValue(written: fitting.value)
    }

    /// Whether `*`, standing for any text, can make the pattern the name.
    package static func fits(_ name: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return name == pattern }
        var rest = name[...]
        for (index, part) in parts.enumerated() {
            if index == 0 {
                guard rest.hasPrefix(part) else { return false }
                rest = rest.dropFirst(part.count)
            } else if index == parts.count - 1 {
                return rest.hasSuffix(part)
            } else if !part.isEmpty {
                guard let found = rest.firstRange(of: part) else { return false }
                rest = rest[found.upperBound...]
            }
        }
        return true
    }
}

/// A value of an option.
package enum ReferenceValue: Sendable, Hashable {
    case none
    case truth(Bool)
    case number(Double)
    case text(String)
    case list([ReferenceValue])

    /// Reads a default of the table.
    init(written: String) {
        switch written {
        case "none": self = .none
        case "true", "false": self = .truth(written == "true")
        case "\"\"": self = .text("")
        default:
            if written.hasPrefix("["), written.hasSuffix("]") {
                self = .list(
                    written.dropFirst().dropLast().split(separator: ",")
                        .map { ReferenceValue(written: String($0)) })
            } else {
                self = Double(written).map { .number($0) } ?? .text(written)
            }
        }
    }

    /// As a command line or a pipeline file has it.
    package var written: String {
        switch self {
        case .none: "none"
        case .truth(let value): value ? "true" : "false"
        case .number(let value): Self.written(value)
        case .text(let text): text.isEmpty ? "''" : text
        case .list(let values): values.map(\.written).joined(separator: " ")
        }
    }

    /// A whole number without a fraction, any other as short as it goes.
    static func written(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
