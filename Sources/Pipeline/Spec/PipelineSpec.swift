/// What a pipeline file says, included files merged, variables not yet filled in.
package struct PipelineSpec: Sendable {
    package var name = ""
    package var about: String?
    package var profile = Profile.reference
    package var variables: [VariableSpec] = []
    package var stages: [StageSpec] = []
    package var axes: [AxisSpec] = []
    package var tables: [TableSpec] = []

    package init() {}
}

/// One declared variable.
package struct VariableSpec: Sendable {
    package let name: String
    package let place: Place
    package var value: SpecNode
}

/// One stage as written.
package struct StageSpec: Sendable {
    package let name: String
    package let place: Place
    package let uses: String
    package let usesPlace: Place
    package let needs: [NeedSpec]
    /// The entries of `with`; none when it is left out.
    package let parameters: SpecNode

    /// The stage in messages.
    var shown: String { "stage '\(Printable.quoted(name))'" }
}

/// One filled role of a stage.
package struct NeedSpec: Sendable {
    package let role: String
    package let rolePlace: Place
    package let stage: String
    package let place: Place
}

/// One axis of the matrix.
package struct AxisSpec: Sendable {
    package let name: String
    package let place: Place
    package var values: [SpecNode]
}

/// A table that `run` and `results` print.
public struct TableSpec: Sendable, Hashable {
    /// What the table shows.
    public enum Content: Sendable, Hashable {
        /// A row a stage, a column a metric.
        case scores(rows: [Row], columns: [String])
        /// A matrix of a stage, as a rule the accuracy matrix.
        case matrix(stage: String, metric: String)
    }

    /// A label and the stage whose results the row holds.
    public struct Row: Sendable, Hashable {
        /// The text in front of the row.
        public let label: String
        /// The stage.
        public let stage: String
        let place: Place
    }

    /// The heading.
    public let title: String
    /// Rows and columns.
    public let content: Content
    /// The axis over which mean and standard deviation are taken; nil: a row a cell.
    public let over: String?
    /// Whether the table may show results of different splits of pictures.
    public var allowsDifferentSplits = false
    let place: Place

    /// The stages of the table, with the labels of their rows.
    var rows: [(label: String?, stage: String)] {
        switch content {
        case .scores(let rows, _): rows.map { ($0.label, $0.stage) }
        case .matrix(let stage, _): [(nil, stage)]
        }
    }
}
