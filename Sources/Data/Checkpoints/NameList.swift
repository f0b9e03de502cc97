import Pipeline

/// Names of a file in a message: never more than a few, none of them long, no control characters.
enum NameList {
    /// How many are shown.
    static let maximumCount = 5

    /// The first names, and the number of all where there are more.
    static func text(_ names: [String]) -> String {
        let shown = names.prefix(maximumCount).map { Printable.quoted($0, limit: 120) }
            .joined(separator: ", ")
        let more = names.count - maximumCount
        return more > 0 ? "\(shown) and \(more) more (\(names.count) in all)" : shown
    }

    /// The extents of an array; of a great many axes the first.
    static func text(_ shape: [Int]) -> String {
        let more = shape.count - StridedLayout.maximumRank
        return more > 0
            ? "[\(shape.prefix(StridedLayout.maximumRank).map(String.init).joined(separator: ", ")), "
                + "and \(more) more]"
            : "\(shape)"
    }
}
