package import Data
package import Engine
import Pipeline

/// How many classes and pictures an episode draws (Reference 12.4).
package struct FewShotDraw: Encodable, Hashable, Sendable {
    /// Classes.
    package let ways: Int
    /// Training pictures of each.
    package let shots: Int
    /// Test pictures of each, as far as there are so many.
    package let queries: Int

    package init(ways: Int, shots: Int, queries: Int) {
        self.ways = ways
        self.shots = shots
        self.queries = queries
    }
}

/// What is learned at once: classes, and the pictures that they are learned from and measured on.
package struct FewShotTask: Hashable, Sendable {
    /// The labels that the rows of the head stand for.
    package let classes: [Int]
    /// Training pictures, class by class.
    package let support: [DatasetManifest.Entry]
    /// Test pictures, class by class.
    package let queries: [DatasetManifest.Entry]
}

/// The pictures of the classes that are to be learned.
package struct FewShotPictures: Sendable {
    private let classes: [Int]
    private let pictures: [Split: [Int: [DatasetManifest.Entry]]]

    /// Finds the pictures of some classes.
    ///
    /// - Parameters:
    ///   - classes: labels of the dataset, each once.
    ///   - draw: what will be drawn; nil where all pictures take part.
    /// - Throws: `FewShotError` when there is no such class, or when it has too few pictures.
    package init(
        _ manifest: DatasetManifest, classes: [Int], draw: FewShotDraw? = nil
    ) throws(FewShotError) {
        let count = manifest.classNames.count
        let unknown = classes.filter { !(0..<count).contains($0) }
        guard unknown.isEmpty else { throw .unknownClasses(unknown, classCount: count) }
        self.classes = classes
        let wanted = Set(classes)
        var pictures: [Split: [Int: [DatasetManifest.Entry]]] = [:]
        for entry in manifest.entries where wanted.contains(entry.label) {
            pictures[entry.split, default: [:]][entry.label, default: []].append(entry)
        }
        self.pictures = pictures
        for label in classes {
            for split in Split.allCases where pictures[split]?[label] == nil {
                throw .noPictures(label: label, split: split)
            }
            let available = pictures[.train]?[label]?.count ?? 0
            if let draw, available < draw.shots {
                throw .tooFewPictures(label: label, available: available, shots: draw.shots)
            }
        }
    }

    /// All pictures of all classes, those of a class in the order of the dataset.
    package var all: FewShotTask {
        FewShotTask(
            classes: classes, support: classes.flatMap { entries(.train, $0) },
            queries: classes.flatMap { entries(.test, $0) })
    }

    /// Draws an episode: each choice by a stream of its own, so that neither the order of the pictures of
    /// other classes nor what was drawn before changes it.
    ///
    /// - Precondition: there are as many classes as `draw` asks for; the pictures were checked for it.
    package func episode(_ draw: FewShotDraw, stream: RandomStream) -> FewShotTask {
        var choice = stream.split("classes")
        let classes = choice.sample(draw.ways, of: classes.count).map { self.classes[$0] }
        func drawn(_ split: Split, _ label: Int, _ count: Int) -> [DatasetManifest.Entry] {
            let available = entries(split, label)
            var random = stream.split("\(split.rawValue)/\(label)")
            return random.sample(min(count, available.count), of: available.count)
                .map { available[$0] }
        }
        return FewShotTask(
            classes: classes, support: classes.flatMap { drawn(.train, $0, draw.shots) },
            queries: classes.flatMap { drawn(.test, $0, draw.queries) })
    }

    private func entries(_ split: Split, _ label: Int) -> [DatasetManifest.Entry] {
        pictures[split]?[label] ?? []
    }
}

/// Classes that cannot be learned from a dataset.
package enum FewShotError: Error, Hashable, CustomStringConvertible {
    case unknownClasses([Int], classCount: Int)
    case noPictures(label: Int, split: Split)
    case tooFewPictures(label: Int, available: Int, shots: Int)

    package var description: String {
        switch self {
        case .unknownClasses(let labels, let count):
            let names = labels.prefix(8).map(String.init).joined(separator: ", ")
            let rest = labels.count > 8 ? " and \(labels.count - 8) more" : ""
            return "'classes' names \(names)\(rest), and the dataset has \(count) classes\n"
                + "  hint: its labels are 0 to \(count - 1)"
        case .noPictures(let label, let split):
            return "class \(label) has no \(split == .train ? "training" : "test") pictures\n"
                + "  hint: leave it out of 'classes'"
        case .tooFewPictures(let label, let available, let shots):
            return "class \(label) has \(available) training pictures, and 'shots' draws \(shots)\n"
                + "  hint: lower 'shots', or leave the class out of 'classes'"
        }
    }
}
