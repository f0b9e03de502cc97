/// How many pictures each class of a published dataset has, by label, where that is known: classes
/// are equally large, or the counts are common knowledge. `OfficialFigures` are their sums.
package struct ClassFigures: Sendable {
    package let train: [Int]
    /// Nil where only the training part is so.
    package let test: [Int]?

    init(train: [Int], test: [Int]?) {
        self.train = train
        self.test = test
    }

    /// Classes of one size.
    init(_ classes: Int, train: Int, test: Int?) {
        self.init(
            train: Array(repeating: train, count: classes),
            test: test.map { Array(repeating: $0, count: classes) })
    }
}
