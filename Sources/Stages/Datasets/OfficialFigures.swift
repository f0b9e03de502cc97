/// How many classes and pictures a dataset has as its owners publish it (spec section 3.1).
public struct OfficialFigures: Sendable, Hashable {
    /// The number of classes.
    public let classes: Int
    /// The number of training pictures.
    public let train: Int
    /// The number of test pictures.
    public let test: Int

    /// Creates figures.
    public init(classes: Int, train: Int, test: Int) {
        self.classes = classes
        self.train = train
        self.test = test
    }

    /// What a listing has otherwise, a clause each; empty when it agrees.
    public func deviations(of listing: DatasetListing) -> [String] {
        let counts = Dictionary(grouping: listing.entries, by: \.split).mapValues(\.count)
        return [
            ("classes", listing.classNames.count, classes),
            ("training pictures", counts[.train] ?? 0, train),
            ("test pictures", counts[.test] ?? 0, test),
        ].filter { $0.1 != $0.2 }.map { "\($0.1) \($0.0) instead of \($0.2)" }
    }
}

/// Tells a file that is cut where a record ends from one of a small set of somebody's own.
///
/// As soon as one file of a set holds more than half of its official number of pictures, the set is
/// taken for the published one, and every file must hold exactly its number.
enum WholeFiles {
    /// The first file that is not whole; nil when there is none.
    static func firstCut(_ files: [(count: Int, official: Int)]) -> Int? {
        guard files.contains(where: { $0.count > $0.official / 2 }) else { return nil }
        return files.firstIndex { $0.count != $0.official }
    }

    /// What is wrong with such a file.
    static func problem(count: Int, official: Int) -> String {
        "holds \(count) pictures, but the published file \(official): it is cut or not the original"
    }
}
