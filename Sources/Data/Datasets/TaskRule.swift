import Pipeline

/// How a dataset is divided into tasks.
package enum TaskRule: Sendable, Hashable {
    /// So many tasks of equally many classes, the last may have fewer.
    case equal(Int)
    /// Tasks of so many classes each.
    case sizes([Int])
    /// A task for each of so many domains, with all classes.
    case domains(Int)

    /// The number of tasks.
    package var count: Int {
        switch self {
        case .equal(let count), .domains(let count): count
        case .sizes(let sizes): sizes.count
        }
    }

    /// Whether tasks have classes in common.
    package var repeatsClasses: Bool {
        if case .domains(let count) = self { count > 1 } else { false }
    }

    /// The tasks, of classes in order.
    ///
    /// - Throws: `UnreadableInput` at `path` when the classes do not fill them.
    func tasks(of labels: [Int], at path: String) throws(UnreadableInput) -> [DatasetTask] {
        switch self {
        case .domains(let count):
            return (0..<count).map { DatasetTask(labels: labels, parts: [$0]) }
        case .equal(let count):
            guard
                let slices = DatasetManifest.equalTasks(
                    classCount: labels.count, taskCount: count)
            else {
                throw UnreadableInput(
                    path: path,
                    problem: "\(labels.count) classes do not fill \(count) equal tasks",
                    hint: "the parameter 'tasks' sets the number of tasks")
            }
            return slices.map { slice in DatasetTask(labels: slice.map { labels[$0] }) }
        case .sizes(let sizes):
            if let problem = Self.problem(sizes, classes: labels.count) {
                throw UnreadableInput(
                    path: path, problem: "the tasks of parameter 'tasks' \(problem)",
                    hint: "their sizes add up to the number of classes")
            }
            var start = 0
            return sizes.map { size in
                defer { start += size }
                return DatasetTask(labels: Array(labels[start..<start + size]))
            }
        }
    }

    /// What is wrong with sizes of tasks; nil when they fill the classes.
    static func problem(_ sizes: [Int], classes: Int) -> String? {
        let sum = sizes.reduce(0, +)
        return sum == classes
            ? nil : "have \(sum) classes together, and there are \(classes)"
    }
}

extension TaskRule: Encodable {
    /// Encodes a number of equal tasks as that number, as it was when there were no others.
    package func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .equal(let count): try value.encode(count)
        case .sizes(let sizes): try value.encode(sizes)
        case .domains: try value.encode(Self.domainsName)
        }
    }

    /// How domains are asked for in a pipeline file.
    static let domainsName = "domains"
}

/// A dataset of several domains with the same classes, each a part of the pictures.
public protocol DomainDataset: DatasetKind {
    /// The domains in the order in which they are learned.
    var domains: [String] { get }
}
