import ArgumentParser
import Pipeline

/// Prints errors on standard error and ends commands with their exit status.
package enum ErrorReport {
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
            throw ExitCode(ProgramStatus(of: error))
        }
    }
}

/// A file that the user asked for and that cannot be written.
struct UnwritableFile: ExitCoded, CustomStringConvertible {
    let path: String
    let problem: String
    var hint: String?

    var exitStatus: ProgramStatus { .storeFailed }

    var description: String {
        "\(path): cannot be written: \(problem)" + (hint.map { "\n  hint: \($0)" } ?? "")
    }
}

extension ExitCode {
    init(_ status: ProgramStatus) {
        self.init(status.rawValue)
    }
}
