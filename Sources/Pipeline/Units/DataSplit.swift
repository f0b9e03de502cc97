/// Which pictures a result was learned from and measured on.
///
/// Results of one split may be compared whatever their tasks: joint training sees the pictures of the
/// split as one task.
public struct DataSplit: Sendable, Hashable {
    /// SHA-256, in hexadecimal, of which content is for training, which for test, and under which labels.
    /// Neither names nor the order of files enter.
    public let digest: String
    /// The tasks in words: `5 of 4 classes`.
    public let tasks: String
    /// SHA-256, in hexadecimal, of the labels of the tasks in their order.
    public let taskDigest: String

    /// Creates a split.
    public init(digest: String, tasks: String, taskDigest: String) {
        self.digest = digest
        self.tasks = tasks
        self.taskDigest = taskDigest
    }

    /// Several splits that a result depends on alike, as one; nil for none.
    init?(joining splits: [DataSplit]) {
        guard let first = splits.first else { return nil }
        let all = Set(splits).sorted { ($0.digest, $0.taskDigest) < ($1.digest, $1.taskDigest) }
        if all.count == 1 {
            self = first
        } else {
            self.init(
                digest: Pipeline.Digest(of: all.map(\.digest).joined(separator: " ")).hex,
                tasks: all.map(\.tasks).joined(separator: "; "),
                taskDigest: Pipeline.Digest(of: all.map(\.taskDigest).joined(separator: " ")).hex)
        }
    }

    /// The first digits of a digest, enough to tell two splits apart.
    static func short(_ digest: String) -> String { String(digest.prefix(12)) }

    /// What stands beside a result.
    var notes: [ResultNote] {
        [
            ResultNote(name: "split", text: "sha256 \(Self.short(digest))"),
            ResultNote(name: "tasks", text: "\(tasks) (sha256 \(Self.short(taskDigest)))"),
        ]
    }
}

/// The splits of the datasets of a graph, each read once.
struct KnownSplits {
    let graph: UnitGraph
    private var known: [UnitID: DataSplit?] = [:]

    init(graph: UnitGraph) { self.graph = graph }

    /// The split of the dataset that is nearest upstream: a backbone may have been trained on another.
    ///
    /// - Parameter artifact: the artifact of a unit; nil when it is not there.
    mutating func split(
        of unit: UnitNode, from artifact: (UnitNode) throws -> Artifact?
    ) throws -> DataSplit? {
        var (front, seen) = (unit.inputs, Set(unit.inputs))
        while !front.isEmpty {
            var found: [DataSplit] = []
            for id in front where graph[id].definition.split != nil {
                if let split = try split(of: id, from: artifact) { found.append(split) }
            }
            if let split = DataSplit(joining: found) { return split }
            front = front.flatMap { graph[$0].inputs }.filter { seen.insert($0).inserted }
        }
        return nil
    }

    private mutating func split(
        of id: UnitID, from artifact: (UnitNode) throws -> Artifact?
    ) throws -> DataSplit? {
        if let known = known[id] { return known }
        let unit = graph[id]
        let split = try artifact(unit).flatMap { try unit.definition.split?.stored($0) }
        known[id] = .some(split)
        return split
    }
}

/// A table that would compare results of different splits.
public struct IncomparableResults: ExitCoded, Hashable, CustomStringConvertible {
    /// A row of the table.
    public struct Row: Sendable, Hashable {
        let name: String
        /// What tells its split from another: the first digits of a digest, or the dataset in words.
        let split: String

        /// The name of what a stage measured in a cell.
        static func name(_ label: String?, _ stage: String, _ cell: Cell) -> String {
            "\(label.map { "'\($0)' " } ?? "")(\(stage)\(cell))"
        }
    }

    /// Where the table stands.
    let place: String
    /// What the table is called.
    let table: String
    let first: Row
    let second: Row

    public var exitStatus: ProgramStatus { .badFile }

    /// What a table may say to show them.
    static let hint = "'different-splits: allowed' in the table shows them side by side"

    /// What is wrong, without the place.
    var problem: String {
        "table '\(table)': \(first.name) and \(second.name) are results of different splits "
            + "of pictures, \(first.split) and \(second.split)"
    }

    public var description: String { "\(place): \(problem)\n  hint: \(Self.hint)" }
}
