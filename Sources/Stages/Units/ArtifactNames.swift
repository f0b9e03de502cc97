import Data
import Engine
import Pipeline

/// The groups of arrays in artifacts. They stand in digests: a changed word is another digest.
enum Group {
    static let backbone = "backbone"
    /// The parameters of a PET.
    static let pet = "pet"
    /// A PET as it was before the merge.
    static let unmerged = "unmerged"
    /// The shadow of a PET.
    static let shadow = "shadow"
    /// The classifier of all classes.
    static let head = "head"
    /// The classifier of all classes before its recovery.
    static let before = "before"
    /// The classifier of one task's classes.
    static let rows = "rows"
    /// The classifier that names tasks.
    static let tasks = "tasks"

    /// The mapping before the classifier of a group.
    static func mapping(of group: String) -> String { "\(group)-mapping" }
}

/// The names of single arrays in artifacts, as `Group`.
enum ArrayName {
    /// The mean loss of each epoch, `[E]`.
    static let losses = "losses"
    /// `[n, D]`.
    static let features = "features"
    /// The class of each row of the features, `[n]`.
    static let labels = "labels"
    /// The classes with statistics.
    static let classes = "classes"
}

extension Artifact {
    /// An artifact of a unit of one task, counted from 0.
    init(task: Int) { self.init(attributes: ["task": .integer(task)]) }
}

extension UnitContext {
    /// The pictures of input `data`.
    func manifest() throws -> DatasetManifest { try DatasetManifest(artifact: input(Role.data)) }
}
