package import Pipeline

/// A fact about a dataset, or why there is none. Nothing is left out without a word.
package enum Stated<Value: Sendable>: Sendable {
    case given(Value)
    /// - Parameter because: a few words.
    case absent(because: String)

    /// The fact; nil when there is none.
    package var value: Value? {
        if case .given(let value) = self { value } else { nil }
    }
}

/// Everything that is known of a kind of dataset, in one place: `list`, `fetch`, `inspect`, pipeline files and the
/// table of the documents read it.
public struct DatasetDescription: Sendable {
    /// The name in pipeline files.
    public let name: String
    /// One sentence for `hide-pipeline list datasets`.
    public let summary: String
    /// The transforms that its pictures get where a pipeline file does not say.
    public let transforms: TransformFamily
    /// What its folder holds, for the table of the documents.
    package let layout: String
    /// How many classes and pictures its owners publish.
    package let official: Stated<OfficialFigures>
    /// How many pictures each class has.
    package let classFigures: Stated<ClassFigures>
    /// Where it can be had, and under which licence.
    package let published: Stated<FetchItem>
    /// The paper or report that introduces it.
    package let citation: Stated<Citation>
    /// What tells that it lies in a folder.
    package let recognition: Stated<DatasetRecognition>
    /// Reads one from the parameters of a pipeline file.
    package let read: @Sendable (ParameterReader) -> any DatasetKind

    /// The licence in a few words.
    package var licence: Stated<String> {
        switch published {
        case .given(let item): .given(item.licence)
        case .absent(let reason): .absent(because: reason)
        }
    }
}

/// A kind of dataset of its own, which is described in its file.
public protocol DescribedDataset: DatasetKind {
    /// What is known of every dataset of the kind.
    static var description: DatasetDescription { get }
}

extension DescribedDataset {
    /// The name in pipeline files.
    public static var name: String { description.name }
}

/// What tells that a dataset lies in a folder, whole or not, so that its own messages make sense.
package struct DatasetRecognition: Sendable {
    /// Names in the folder of which one is enough, besides those of its archives.
    package let signs: [String]
    /// The dataset in a folder.
    package let open: @Sendable (_ root: String) -> any DatasetKind

    package init(
        signs: [String], open: @escaping @Sendable (_ root: String) -> any DatasetKind
    ) {
        self.signs = signs
        self.open = open
    }
}

extension DatasetDescription {
    /// The first two lines of that table.
    package static let heading = """
        | Name | What `root` holds | Classes, training, test pictures as published | Licence | Source |
        |---|---|---|---|---|
        """

    /// The row of the table of datasets in `Docs/PipelineFormat.md`.
    package var row: String {
        var figures = ""
        if let official = official.value {
            figures = [official.classes, official.train, official.test].map(Self.grouped)
                .joined(separator: ", ")
        } else if case .absent(let reason) = official {
            figures = reason
        }
        let licence =
            switch self.licence {
            case .given(let text): text
            case .absent(let reason): reason
            }
        let source =
            switch citation {
            case .given(let citation): citation.short
            case .absent(let reason): reason
            }
        return "| `\(name)` | \(layout) | \(figures) | \(licence) | \(source) |"
    }

    /// `1,234,567`.
    private static func grouped(_ number: Int) -> String {
        var digits = "\(number)"
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }
}
