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

    /// Creates a problem.
    public init(place: Place, problem: String, hint: String? = nil, isMissingFile: Bool = false) {
        self.place = place
        self.problem = problem
        self.hint = hint
        self.isMissingFile = isMissingFile
    }

    /// `file:line:column: problem`, and the hint on a line of its own.
    public var description: String {
        "\(place): \(problem)" + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}

/// All mistakes of a pipeline file, in file order.
public struct SpecError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The mistakes; never empty.
    public let problems: [SpecProblem]

    /// Creates an error.
    package init(problems: [SpecProblem]) {
        self.problems = problems
    }

    /// One problem after another.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Collects problems while a file is read: each once, sorted when thrown.
package final class ProblemList {
    private var seen: Set<SpecProblem> = []
    /// Files in the order they were opened; problems of the including file come first.
    package var files: [String] = []

    package init() {}

    package var isEmpty: Bool { seen.isEmpty }

    package func add(_ problem: SpecProblem) {
        seen.insert(problem)
    }

    package func report(_ place: Place, _ problem: String, hint: String? = nil) {
        add(SpecProblem(place: place, problem: problem, hint: hint))
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
