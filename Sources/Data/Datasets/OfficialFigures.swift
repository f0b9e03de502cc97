import Pipeline

/// How many classes and pictures a dataset has as its owners publish it (Reference 2.1).
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
        deviations(of: listing.facts)
    }

    /// What the facts of a source say otherwise, a clause each; empty when they agree.
    func deviations(of facts: SourceFacts) -> [String] {
        [
            ("classes", facts["classes"] ?? 0, classes),
            ("training pictures", facts["train-pictures"] ?? 0, train),
            ("test pictures", facts["test-pictures"] ?? 0, test),
        ].filter { $0.1 != $0.2 }.map { "\($0.1) \($0.0) instead of \($0.2)" }
    }
}

/// What becomes of a published dataset that has other numbers of classes and pictures than its owners
/// publish.
public enum CountRule: Sendable, Hashable {
    /// It is refused: results on it cannot be compared with those of others.
    case official
    /// It is read as it is, and a warning tells the numbers.
    case any

    /// Refuses a dataset with other numbers.
    ///
    /// - Throws: `UnreadableInput` with the numbers.
    func check(_ dataset: any DatasetKind, _ facts: SourceFacts) throws {
        guard self == .official, let official = dataset.official else { return }
        let deviations = official.deviations(of: facts)
        guard !deviations.isEmpty else { return }
        let reading = try (dataset as? any PublishedDataset)?.presplit()
        let parts =
            reading.map {
                ", read as the split that the folders '\($0.root)/train' and '\($0.root)/test' are"
            } ?? ""
        throw UnreadableInput(
            path: dataset.root,
            problem: "is not '\(type(of: dataset).name)' as published\(parts): "
                + deviations.joined(separator: ", "),
            hint: "'counts: any' beside its name takes it as it is")
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
