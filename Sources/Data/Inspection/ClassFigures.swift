/// How many pictures each class of a published dataset has, by label, where that is known: classes
/// are equally large, or the counts are common knowledge. `OfficialFigures` are their sums.
package struct ClassFigures: Sendable {
    package let train: [Int]
    /// Nil where only the training part is so.
    package let test: [Int]?

    /// The figures of a kind of dataset, by its name; nil where they are not known.
    package static func of(_ kind: String) -> ClassFigures? {
        switch kind {
        case "cifar10": equal(10, train: 5000, test: 1000)
        case "cifar100": equal(100, train: 500, test: 100)
        case "fashion-mnist": equal(10, train: 6000, test: 1000)
        case "stanford-dogs": equal(120, train: 100, test: nil)
        case "mnist":
            ClassFigures(
                train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
                test: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
        case "svhn":
            ClassFigures(
                train: [4948, 13861, 10585, 8497, 7458, 6882, 5727, 5595, 5045, 4659],
                test: [1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595])
        default: nil
        }
    }

    private static func equal(_ classes: Int, train: Int, test: Int?) -> ClassFigures {
        ClassFigures(
            train: Array(repeating: train, count: classes),
            test: test.map { Array(repeating: $0, count: classes) })
    }

    /// The classes that have other numbers of pictures, a line each; none where the number of classes
    /// is another one, which says enough.
    func deviations(of counts: [DatasetReport.ClassCount]) -> [String] {
        guard counts.count == train.count else { return [] }
        return counts.indices.flatMap { label -> [String] in
            let count = counts[label]
            return [
                ("training", count.train, train[label]),
                ("test", count.test, test?[label] ?? count.test),
            ].filter { $0.1 != $0.2 }.map {
                "class \(label) (\(count.name)): \($0.1) \($0.0) pictures instead of \($0.2)"
            }
        }
    }
}
