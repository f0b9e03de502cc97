import Pipeline

/// What a reader of an imported file should know: a comment at its head.
struct ImportNotes {
    private var lines: [String] = []
    private var commands: [String] = []

    /// Adds a sentence, once.
    mutating func add(_ text: String) {
        if !lines.contains(text) { lines.append(text) }
    }

    /// Looks through the options that a command gives: says which have no effect and where a truth is
    /// not what it seems.
    ///
    /// - Throws: `UsageError` for a value whose effect has no counterpart here.
    mutating func addOptions(of command: ReferenceCommand) throws(UsageError) {
        commands.append(
            ([command.config] + command.given.map(\.words)).joined(separator: " "))
        for (option, value, words) in command.given {
            addTrap(option, words)
            switch option.effect {
            case .unread: add("'\(words)': the reference parses it and never reads it.")
            case .machine: add("'\(words)': no effect on a result.")
            case .fixed: try check(option, value, words, command)
            case .used, .fewShot: break
            }
        }
    }

    /// Names the given options that have an effect in the reference, but not in what the file does.
    mutating func addUnused(
        of command: ReferenceCommand, reads read: [String], in what: String = "this stage"
    ) {
        for (option, _, words) in command.given
        where [.used, .fewShot].contains(option.effect) && !read.contains(option.name) {
            add("'\(words)': not used in \(what).")
        }
    }

    private mutating func addTrap(_ option: ReferenceOption, _ words: String) {
        let given = words.split(whereSeparator: { $0 == " " || $0 == "=" }).last ?? ""
        let falseWords = ["false", "0", "no", "off", "none"]
        guard [.truth, .any].contains(option.kind), falseWords.contains(given.lowercased()) else {
            return
        }
        add(
            "'\(words)': the reference takes any text for true, '\(given)' too. This file does "
                + "what the reference did; the opposite was probably meant.")
    }

    private mutating func check(
        _ option: ReferenceOption, _ value: ReferenceValue, _ words: String,
        _ command: ReferenceCommand
    ) throws(UsageError) {
        let fallback = option.fallback(in: command.config)
        if value == fallback { return }
        let written = fallback?.written ?? "none"
        guard option.kind != .letters else {
            throw UsageError(
                problem: "'\(words)': the reference divides these words into letters",
                hint: "leave it out: the default is \(written)")
        }
        throw UsageError(
            problem: "'\(words)' has an effect in the reference and no counterpart here",
            hint: "without it: \(written)")
    }

    /// The comment, lines of at most 110 characters.
    var comment: String {
        let head = ["Imported from the reference's"] + commands.map { "  \($0)" }
        return (head + lines).flatMap { Self.wrapped($0) }.map { "# \($0)\n" }.joined()
    }

    private static func wrapped(_ text: String) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(whereSeparator: \.isNewline).joined(separator: " ")
            .split(separator: " ", omittingEmptySubsequences: false)
        {
            if line.count + word.count > 106, !line.isEmpty {
                lines.append(line)
                line = "  " + word
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        return lines + [line]
    }
}
