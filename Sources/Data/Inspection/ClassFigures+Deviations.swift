extension ClassFigures {
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
