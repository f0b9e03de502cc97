/// What the program ends with. Every error that a user can cause says its own; this is the one list.
public enum ProgramStatus: Int32, Sendable, Hashable, Codable, CaseIterable {
    /// Everything is done.
    case done = 0
    /// A unit failed: also what an error means that says nothing else.
    case unitFailed = 1
    /// `plan --exit-code`, and under another name `results --complete`.
    case wouldRun = 2
    /// The command line is wrong.
    case usage = 64
    /// The pipeline file is wrong.
    case badFile = 65
    /// An input is missing or unreadable.
    case missingInput = 66
    /// The store, or another file, cannot be read or written.
    case storeFailed = 74
    /// Stopped; progress is saved.
    case interrupted = 130

    /// `results --complete`: a result is not there.
    public static let incomplete = ProgramStatus.wouldRun

    /// The status of an error.
    public init(of error: any Error) {
        self = (error as? any ExitCoded)?.exitStatus ?? .unitFailed
    }

    /// The gravest of several: the first of 130, 74, 66, 65, 64, 1, 2 that is among them; done for none.
    public static func gravest(of all: some Sequence<ProgramStatus>) -> ProgramStatus {
        let order = [interrupted, storeFailed, missingInput, badFile, usage, unitFailed, wouldRun]
        return order.first(where: Set(all).contains) ?? .done
    }
}

/// An error that says what the program ends with.
public protocol ExitCoded: Error {
    /// What the program ends with because of it.
    var exitStatus: ProgramStatus { get }
}
