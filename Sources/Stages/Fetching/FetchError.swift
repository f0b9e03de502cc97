import Pipeline

/// A file that could not be had, and what its user can do instead.
package struct FetchError: InputError, Equatable {
    /// What was wanted: a name of the catalogue, or an address.
    package let subject: String
    /// What went wrong, one line for each address that was tried.
    package let problems: [String]
    /// The steps by hand, one a line.
    package let steps: [String]

    package init(subject: String, problems: [String], steps: [String]) {
        self.subject = subject
        self.problems = problems
        self.steps = steps
    }

    package var description: String {
        let lines =
            problems.count == 1
            ? ["'\(subject)' cannot be fetched: \(problems[0])"]
            : ["'\(subject)' cannot be fetched:"] + problems.map { "  \($0)" }
        guard let first = steps.first else { return lines.joined(separator: "\n") }
        let rest = steps.dropFirst().map { "        \($0)" }
        return (lines + ["  hint: \(first)"] + rest).joined(separator: "\n")
    }
}

/// A fetch that its user stopped. What has arrived is kept.
package struct FetchInterrupted: Error, Equatable, CustomStringConvertible {
    /// The unfinished file.
    package let path: String
    /// Its size so far.
    package let byteCount: Int

    package init(path: String, byteCount: Int) {
        self.path = path
        self.byteCount = byteCount
    }

    package var description: String {
        byteCount == 0
            ? "interrupted before anything arrived"
            : "interrupted: '\(path)' keeps \(byteCount) bytes\n  hint: run again to resume"
    }
}
