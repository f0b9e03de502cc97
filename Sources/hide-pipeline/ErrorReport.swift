import ArgumentParser
import Data
import Foundation
import Pipeline

/// Turns errors into text on standard error and into exit codes.
package enum ErrorReport {
    /// What the program ends with.
    package enum Code: Int32 {
        case done = 0
        case unitFailed = 1
        /// `plan --exit-code`, and under another name `results --complete`.
        case wouldRun = 2
        case usage = 64
        case badFile = 65
        case missingInput = 66
        case storeFailed = 74
        case interrupted = 130

        /// `results --complete`: a result is not there.
        static let incomplete = Code.wouldRun
    }

    /// The code of an error.
    package static func code(of error: any Error) -> Code {
        switch error {
        case is UsageError: .usage
        case let error as SpecError where error.problems.allSatisfy(\.isOfCommandLine): .usage
        case let error as SpecError:
            error.problems.allSatisfy(\.isMissingFile) ? .missingInput : .badFile
        case is IncomparableResults: .badFile
        case is any InputError: .missingInput
        case is StoreError, is FileError, is UnwritableFile: .storeFailed
        case is FetchInterrupted: .interrupted
        default: .unitFailed
        }
    }

    /// Prints an error.
    package static func print(_ error: any Error) {
        print(text: "\(error)")
    }

    /// Prints a message.
    package static func print(text: String) {
        Output.error(text)
    }

    /// Runs the body of a command; prints what it throws and ends with the code for it.
    package static func reporting<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let exit as ExitCode {
            throw exit
        } catch {
            print(error)
            throw ExitCode(code(of: error).rawValue)
        }
    }
}

/// A file that the user asked for and that cannot be written.
struct UnwritableFile: Error, CustomStringConvertible {
    let path: String
    let problem: String
    var hint: String?

    var description: String {
        "\(path): cannot be written: \(problem)" + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}

extension ExitCode {
    package init(_ code: ErrorReport.Code) {
        self.init(code.rawValue)
    }
}
