import ArgumentParser
import Pipeline

/// A number of the command line that is checked against its bounds when it is used, so that all that
/// can be wrong with it is told in one line.
struct WholeNumber: ExpressibleByArgument, CustomStringConvertible {
    private let text: String

    init(argument: String) { text = argument }

    init(_ value: Int) { text = "\(value)" }

    var description: String { text }
    var defaultValueDescription: String { text }

    /// The number.
    ///
    /// - Throws: when the text is no whole number, or one that `bounds` do not contain.
    func value(of option: String, in bounds: ClosedRange<Int>) throws(UsageError) -> Int {
        guard let value = Int(text), bounds.contains(value) else {
            throw UsageError(
                problem: "\(option) must be a whole number from \(bounds.lowerBound) to "
                    + "\(bounds.upperBound), not '\(Printable.quoted(text))'")
        }
        return value
    }
}
