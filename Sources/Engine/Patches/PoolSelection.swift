/// Which entries of a prompt pool each picture of a batch reads, and where in the pool its keys and
/// values come from.
public struct PoolSelection: Sendable, Hashable {
    /// How keys and values are dealt out (Reference 11.3).
    public enum Layout: String, Codable, Hashable, Sendable, CaseIterable {
        /// A picture's keys are the keys of its entries, its values their values.
        case correct
        /// As the reference deals them: the list of the keys of all pictures, then the values of all,
        /// is handed out in pairs. So picture b gets items 2b and 2b + 1: the first half of a batch
        /// keys for both, the second half values for both, of other pictures' entries.
        case legacyReshape = "legacy-reshape"
    }

    /// The half of an entry that rows come from.
    package enum Half {
        case keys
        case values
    }

    /// For each picture its entries, in order of rank; of equal number.
    public let entries: [[Int]]
    /// How they are dealt out.
    public let layout: Layout

    /// Creates a selection.
    ///
    /// - Precondition: all pictures have as many entries.
    public init(entries: [[Int]], layout: Layout = .correct) {
        precondition(
            entries.allSatisfy { $0.count == entries.first?.count }, "entries \(entries)")
        self.entries = entries
        self.layout = layout
    }

    /// The entry and half that make the keys (`half`), or values, of rank `rank` of a picture.
    package func source(of half: Half, picture: Int, rank: Int) -> (entry: Int, half: Half) {
        switch layout {
        case .correct: return (entries[picture][rank], half)
        case .legacyReshape:
            let item = 2 * picture + (half == .keys ? 0 : 1)
            let count = entries.count
            return (entries[item % count][rank], item < count ? .keys : .values)
        }
    }
}
