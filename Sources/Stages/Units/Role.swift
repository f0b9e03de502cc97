import Pipeline

/// The roles of inputs: the words after `needs:` of stages, and those under which units read what others
/// made. They stand in key documents: a changed word is another key.
enum Role {
    static let backbone = "backbone"
    static let data = "data"
    static let model = "model"
    static let pet = "pet"
    /// The unit with the head and the PET before any training.
    static let initial = "initial"
    /// The unit that training goes on from.
    static let start = "start"
    static let shadow = "shadow"
    /// The unit with a recovered norm before the head.
    static let norm = "norm"
    static let head = "head"
    static let rows = "rows"
    static let features = "features"
    static let statistics = "statistics"
    static let taskIdentity = "task-identity"
    /// The task head that names the task of a picture.
    static let tasks = "tasks"
    static let router = "router"

    static func previous(_ task: Int) -> String { "previous[\(task)]" }
    static func memory(_ task: Int) -> String { "memory[\(task)]" }
    static func statistics(_ task: Int) -> String { "\(statistics)[\(task)]" }
    static func features(_ task: Int) -> String { "\(features)[\(task)]" }
    static func rows(_ task: Int) -> String { "\(rows)[\(task)]" }
    static func slot(_ task: Int) -> String { "slot[\(task)]" }
    /// The row of a matrix of accuracies after a task.
    static func row(_ task: Int) -> String { "row[\(task)]" }
    static func episodes(_ unit: Int) -> String { "episodes[\(unit)]" }

    /// The role of an input of the model that names the task of a picture.
    static func identity(_ role: String) -> String { identityPrefix + role }
    static let identityPrefix = "identity-"
}

/// Inputs of a unit, in the order in which they are given.
typealias UnitInputs = [(role: String, unit: UnitID)]

/// The roles of what units read beside their inputs, as `Role`.
enum SourceRole {
    /// The content of a dataset.
    static let dataset = "dataset"
    /// A file of initial values.
    static let initialValues = "initial"
}
