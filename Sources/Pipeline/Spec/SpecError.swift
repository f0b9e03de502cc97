/// One mistake in a pipeline file.
public struct SpecProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where the mistake is.
    public let place: Place
    /// What is wrong, as one lower-case sentence without a full stop.
    public let problem: String
    /// What to do about it, when that is known.
    public let hint: String?
    /// Whether a file that is named here is missing or unreadable (and nothing is wrong with the text).
    public let isMissingFile: Bool

    /// The longest problem or hint: whatever the file says, a message stays a message.
    private static let textLimit = 4000

    /// Creates a problem. Control characters of what it quotes are shown escaped.
    public init(place: Place, problem: String, hint: String? = nil, isMissingFile: Bool = false) {
        self.place = place
        self.problem = Printable.quoted(problem, limit: Self.textLimit)
        self.hint = hint.map { Printable.quoted($0, limit: Self.textLimit) }
        self.isMissingFile = isMissingFile
    }

    /// Whether it stands in a value of the command line.
    public var isOfCommandLine: Bool { place.isOfCommandLine }

    /// `file:line:column: problem`, and the hint on a line of its own.
    public var description: String {
        "\(place): \(problem)" + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}

/// All mistakes of a pipeline file, in file order.
public struct SpecError: ExitCoded, Sendable, Equatable, CustomStringConvertible {
    /// The mistakes; never empty.
    public let problems: [SpecProblem]

    /// Creates an error.
    package init(problems: [SpecProblem]) {
        self.problems = problems
    }

    /// Whose mistake it is: of the command line, of a file that is not there, or of the text.
    public var exitStatus: ProgramStatus {
        if problems.allSatisfy(\.isOfCommandLine) { return .usage }
        return problems.allSatisfy(\.isMissingFile) ? .missingInput : .badFile
    }

    /// The most problems that are shown.
    private static let shownLimit = 100

    /// One problem after another; of very many the first.
    public var description: String {
        let lines = problems.prefix(Self.shownLimit).map(\.description)
        let rest = problems.count - lines.count
        let more = rest > 0 ? ["and \(rest) more mistakes"] : []
        return (lines + more).joined(separator: "\n")
    }
}

/// Collects problems while a file is read: each once, sorted when thrown.
package final class ProblemList {
    /// The most that is collected: a file with more is wrong as a whole.
    private static let limit = 1000

    private var seen: Set<SpecProblem> = []
    /// Files in the order they were opened; problems of the including file come first.
    package var files: [String] = []

    package init() {}

    package var isEmpty: Bool { seen.isEmpty }

    package func add(_ problem: SpecProblem) {
        if seen.count < Self.limit { seen.insert(problem) }
    }

    package func report(
        _ place: Place, _ problem: @autoclosure () -> String,
        hint: @autoclosure () -> String? = nil
    ) {
        guard seen.count < Self.limit else { return }
        add(SpecProblem(place: place, problem: problem(), hint: hint()))
    }

    /// Takes over what another list collected.
    package func add(_ other: ProblemList) {
        for problem in other.seen { add(problem) }
    }

    /// Throws everything collected, in file order.
    package func throwIfAny() throws(SpecError) {
        guard !seen.isEmpty else { return }
        let order = Dictionary(zip(files, 0...), uniquingKeysWith: { first, _ in first })
        let sorted = seen.sorted { left, right in
            let ranks = (order[left.place.file] ?? .max, order[right.place.file] ?? .max)
            if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
            return (left.place, left.problem) < (right.place, right.problem)
        }
        throw SpecError(problems: sorted)
    }
}
