import Pipeline

/// What is said when a published dataset is missing, or a part of it.
enum MissingDataset {
    /// The error with the right root, the command that brings the dataset, or that tells all that is
    /// wrong with it.
    static func explained(_ error: UnreadableInput, _ dataset: any DatasetKind) -> UnreadableInput {
        guard let advice = advice(dataset) else { return error }
        return UnreadableInput(
            path: error.path, problem: error.problem,
            hint: [error.hint, advice].compactMap { $0 }.joined(separator: "; "))
    }

    private static func advice(_ dataset: any DatasetKind) -> String? {
        if let sequence = dataset as? DatasetSequence {
            // The first that is missing is the one that the error is about.
            return sequence.parts.map(\.dataset).first { !isThere($0) }.flatMap(advice)
        }
        if let place = RootSearch.advice(dataset) { return place }
        guard let item = dataset.published else { return nil }
        return isThere(dataset)
            ? "all that is wrong with it: hide-pipeline inspect \(ShellWord(path: dataset.root))"
            : "get it by: \(item.command(root: dataset.root))"
    }

    /// Whether something of a dataset is there. What cannot be told is: then there is more to say than
    /// that it is missing.
    private static func isThere(_ dataset: any DatasetKind) -> Bool {
        guard let item = dataset.published else { return true }
        do {
            return try dataset.isPresent || !item.isAbsent(below: dataset.root)
        } catch {
            return true
        }
    }
}
