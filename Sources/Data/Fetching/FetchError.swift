package import Pipeline

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
package struct FetchInterrupted: ExitCoded, Equatable, CustomStringConvertible {
    /// What it was about to do with a file.
    package enum Step: Sendable, Equatable {
        /// Receiving it: so many bytes are kept.
        case receiving(Int)
        case checking, copying, unpacking
    }

    /// The file.
    package let path: String
    package let step: Step

    package var exitStatus: ProgramStatus { .interrupted }

    package init(path: String, _ step: Step) {
        self.path = path
        self.step = step
    }

    package var description: String {
        switch step {
        case .receiving(0): "interrupted before anything arrived"
        case .receiving(let count):
            "interrupted: '\(path)' keeps \(count) bytes\n  hint: run again to resume"
        case .checking, .copying, .unpacking:
            "interrupted while \(step) '\(path)'\n  hint: run again"
        }
    }
}
