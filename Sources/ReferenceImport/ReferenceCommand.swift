import Pipeline

/// One launch command of the reference: `python -m torch.distributed.launch … main.py CONFIG --option value …`.
struct ReferenceCommand: Sendable {
    /// The configuration, as `imr_hidelora`.
    let config: String
    /// Processes that the launcher starts: their gradients are averaged, so they are replicas here.
    let processes: Int
    /// Whether the script is the few-shot one.
    let isFewShot: Bool
    /// The values given on the command line, in their order.
    let given: [(option: ReferenceOption, value: ReferenceValue, words: String)]

    /// Reads the words of a command.
    ///
    /// - Throws: `UsageError` for anything that the reference would not take either.
    init(words: [String]) throws(UsageError) {
        var rest = words[...]
        processes = try Self.launcher(&rest)
        let script = rest.popFirst() ?? ""
        isFewShot = script.hasSuffix("fsl.py")
        guard let config = rest.popFirst() else {
            throw UsageError(
                problem: "no configuration behind '\(script)'",
                hint: "as in 'main.py imr_hidelora --epochs 50'")
        }
        guard ReferenceOption.configs.contains(config) else {
            throw UsageError(
                problem: "the reference has no configuration '\(config)'",
                hint: NearestName.hintOrList(config, among: ReferenceOption.configs))
        }
        self.config = config
        given = try Self.options(rest, config)
    }

    /// The value of an option: as given, else the configuration's default; nil where it has none.
    subscript(_ name: String) -> ReferenceValue? {
        given.last { $0.option.name == name }?.value
            ?? ReferenceOption.all.first { $0.name == name }?.fallback(in: config)
    }

    func number(_ name: String) -> Double? {
        if case .number(let value)? = self[name] { value } else { nil }
    }

    func integer(_ name: String) -> Int? { number(name).flatMap { Int(exactly: $0) } }

    func text(_ name: String) -> String? {
        if case .text(let text)? = self[name] { text } else { nil }
    }

    func isTrue(_ name: String) -> Bool { self[name] == .truth(true) }

    /// The whole numbers of a list.
    func integers(_ name: String) -> [Int]? {
        guard case .list(let values)? = self[name] else { return nil }
        return values.compactMap {
            if case .number(let value) = $0 { Int(exactly: value) } else { nil }
        }
    }

    // MARK: The launcher

    private static let valueless = [
        "--use_env", "--use-env", "--standalone", "--no_python", "--no-python", "-u",
    ]

    /// Takes all words before the script and returns the number of processes.
    private static func launcher(_ words: inout ArraySlice<String>) throws(UsageError) -> Int {
        while let word = words.first, word.contains("="), !word.hasPrefix("-") {
            words.removeFirst()
        }
        let program = words.popFirst() ?? ""
        let base = String(program.split(separator: "/").last ?? "")
        if isScript(program) {
            words.insert(program, at: words.startIndex)
            return 1
        }
        guard base.hasPrefix("python") || base == "torchrun" else {
            throw UsageError(
                problem: "'\(program)' does not start a launch command of the reference",
                hint: "as in 'python -m torch.distributed.launch --nproc_per_node=8 main.py "
                    + "imr_hidelora', 'torchrun … main.py …' or 'python main.py …'")
        }
        var counts = ["nproc_per_node": 1, "nnodes": 1]
        while let word = words.first, !isScript(word) {
            words.removeFirst()
            if word == "-m" || word == "--module" {
                try module(words.popFirst() ?? "")
            } else if word.hasPrefix("-"), !valueless.contains(word) {
                let halves = word.split(separator: "=", maxSplits: 1).map(String.init)
                let value = halves.count > 1 ? halves[1] : words.popFirst() ?? ""
                let name = String(halves[0].drop { $0 == "-" }).replacing("-", with: "_")
                guard counts[name] != nil else { continue }
                guard let count = Int(value), count > 0 else {
                    throw UsageError(
                        problem: "'\(halves[0]) \(value)' is no number of processes",
                        hint: "write the number that was used")
                }
                counts[name] = count
            } else if !word.hasPrefix("-") {
                throw UsageError(
                    problem: "'\(word)' is no script of the reference",
                    hint: "main.py, or fsl.py for few-shot learning")
            }
        }
        guard !words.isEmpty else {
            throw UsageError(
                problem: "the command names no script",
                hint: "main.py, or fsl.py for few-shot learning")
        }
        return counts.values.reduce(1, *)
    }

    private static func module(_ name: String) throws(UsageError) {
        let known = ["torch.distributed.launch", "torch.distributed.run"]
        guard known.contains(name) else {
            throw UsageError(
                problem: "'-m \(name)' is no launcher that is known",
                hint: NearestName.hintOrList(name, among: known))
        }
    }

    private static func isScript(_ word: String) -> Bool {
        let name = word.split(separator: "/").last
        return name == "main.py" || name == "fsl.py"
    }

    // MARK: Options

    private static func options(
        _ words: ArraySlice<String>, _ config: String
    ) throws(UsageError) -> [(ReferenceOption, ReferenceValue, String)] {
        var given: [(ReferenceOption, ReferenceValue, String)] = []
        var rest = words
        while let word = rest.popFirst() {
            if word.allSatisfy(\.isWhitespace) { continue }
            guard word.hasPrefix("--") else {
                throw UsageError(
                    problem: "'\(word)' stands where an option of '\(config)' is expected",
                    hint: given.last.map {
                        "'--\($0.0.name)' takes \(Self.takes($0.0)), separated by blanks"
                    })
            }
            let halves = word.split(separator: "=", maxSplits: 1).map(String.init)
            let option = try option(halves[0], config)
            let isList = [.integers, .reals, .letters].contains(option.kind)
            var values = halves.count > 1 ? [halves[1]] : []
            if halves.count == 1, option.kind != .flag {
                while let next = rest.first, !isOption(next), isList || values.isEmpty {
                    values.append(next)
                    rest.removeFirst()
                }
            }
            let value = try value(option, values, spelled: halves[0])
            given.append((option, value, ([halves[0]] + values).joined(separator: " ")))
        }
        return given
    }

    /// `-5` is a number, `--x` and `-x` are options.
    private static func isOption(_ word: String) -> Bool {
        word.hasPrefix("-") && Double(word) == nil
    }

    private static func takes(_ option: ReferenceOption) -> String {
        switch option.kind {
        case .flag: "no value"
        case .integers, .reals, .letters: "values"
        case .integer, .real, .text, .truth, .any: "one value"
        }
    }

    /// The option of a spelling, or of the beginning of exactly one, as the reference's parser has it.
    private static func option(
        _ spelling: String, _ config: String
    ) throws(UsageError) -> ReferenceOption {
        let known = ReferenceOption.all.filter { $0.fallback(in: config) != nil }
        if let exact = known.first(where: { $0.spellings.contains(spelling) }) { return exact }
        let longer = known.filter { option in
            option.spellings.contains { $0.hasPrefix(spelling) }
        }
        if longer.count == 1 { return longer[0] }
        if let other = ReferenceOption.all.first(where: { $0.spellings.contains(spelling) }) {
            let owners = ReferenceOption.configs.filter { other.fallback(in: $0) != nil }
            throw UsageError(
                problem: "option '\(spelling)' is unknown to '\(config)', in the reference too",
                hint: "known to \(owners.joined(separator: ", "))")
        }
        throw UsageError(
            problem: longer.isEmpty
                ? "unknown option '\(spelling)' of '\(config)'"
                : "option '\(spelling)' is short for several",
            hint: longer.isEmpty
                ? NearestName.hint(spelling, among: known.flatMap(\.spellings))
                : "one of " + longer.flatMap(\.spellings).sorted().joined(separator: ", "))
    }

    private static func value(
        _ option: ReferenceOption, _ words: [String], spelled: String
    ) throws(UsageError) -> ReferenceValue {
        let wrong = UsageError(
            problem: "option '\(spelled)' takes \(takes(option)), found "
                + (words.isEmpty ? "none" : "'\(words.joined(separator: " "))'"))
        switch option.kind {
        case .flag:
            guard words.isEmpty else { throw wrong }
            return .truth(spelled != "--no-pin-mem")
        case .truth, .any:
            guard words.count == 1 else { throw wrong }
            return .truth(!words[0].isEmpty && words[0] != "''")
        case .text:
            guard words.count == 1 else { throw wrong }
            return .text(words[0])
        case .integer, .real:
            guard words.count == 1, let number = number(words[0], option.kind) else { throw wrong }
            return .number(number)
        case .integers, .reals:
            let numbers = words.compactMap { number($0, option.kind) }
            guard numbers.count == words.count else { throw wrong }
            return .list(numbers.map { .number($0) })
        case .letters:
            return .list(words.map { .list($0.map { .text(String($0)) }) })
        }
    }

    private static func number(_ word: String, _ kind: ReferenceOption.Kind) -> Double? {
        switch kind {
        case .integer, .integers: Int(word).map(Double.init)
        default: Double(word).flatMap { $0.isFinite ? $0 : nil }
        }
    }
}
