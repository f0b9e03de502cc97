/// How much the variables of a file may make, in one matrix cell and in all of them: as much as a file may
/// hold, so that no chain of variables fills the memory.
package final class ExpansionBudget {
    /// The most values of one cell.
    static let valueLimit = YAMLComposer.nodeLimit
    /// The most text of one cell, in bytes.
    static let byteLimit = YAMLComposer.byteLimit
    /// The longest chain of variables that lead to one another, and the deepest nesting of what they make.
    static let depthLimit = YAMLComposer.depthLimit
    /// The most values of all cells together.
    static let totalLimit = 20_000_000

    /// What of a limit is passed, in words.
    enum Excess {
        case values
        case text
        case chain
        case nesting

        var problem: String {
            switch self {
            case .values: "more than \(valueLimit) values, variables filled in"
            case .text: "more than \(byteLimit >> 20) MiB of text, variables filled in"
            case .chain: "more than \(depthLimit) variables lead to one another"
            case .nesting: "nested more than \(depthLimit) levels deep, variables filled in"
            }
        }
    }

    private var values = 0
    private var bytes = 0
    private var total = 0
    /// Whether a limit was passed: it is reported once, and nothing is filled in after it.
    private(set) var isSpent = false

    package init() {}

    /// Begins the next cell.
    func beginCell() {
        total += values
        (values, bytes) = (0, 0)
    }

    /// Whether the first cell of many shows that all of them make more than the limit.
    func isFirstOfTooMany(cells: Int) -> Bool {
        total + values > Self.totalLimit || total == 0 && values > Self.totalLimit / cells
    }

    /// Counts a value, and text that is made.
    ///
    /// - Returns: the limit that is passed by this, once.
    func count(text: Int = 0) -> Excess? {
        if isSpent { return nil }
        values += 1
        bytes += text
        if values > Self.valueLimit { return spend(.values) }
        return bytes > Self.byteLimit ? spend(.text) : nil
    }

    /// Checks a depth; nil when it is within the limit, or when the limit has been reported.
    func check(chain: Int, nesting: Int) -> Excess? {
        if isSpent { return nil }
        if chain > Self.depthLimit { return spend(.chain) }
        return nesting > Self.depthLimit ? spend(.nesting) : nil
    }

    private func spend(_ excess: Excess) -> Excess {
        isSpent = true
        return excess
    }
}
