package import Pipeline

extension TaskRule {
    /// What numbers of tasks may be.
    private static let countRange = 1...10_000
    /// What numbers of classes may be.
    private static let sizeRange = 1...1_000_000

    /// Reads `tasks`: a number, `[50, 10, 10]`, `{base: 50, step: 10}` or `domains`.
    package init(_ reader: ParameterReader, of dataset: any DatasetKind) {
        let silent = reader.unreported
        if !reader.keys(of: "tasks").isEmpty, let steps = reader.mapping("tasks") {
            self = .sizes(Self.steps(steps, reader, dataset))
        } else if !silent.integers("tasks", default: []).isEmpty {
            self = .sizes(reader.integers("tasks", in: Self.sizeRange))
        } else if let domains = Self.domainCount(reader, dataset) {
            self = .domains(domains)
        } else {
            self = .equal(reader.integer("tasks", in: Self.countRange))
        }
        report(dataset, to: reader)
    }

    /// The number of domains where they are the tasks; nil where `tasks` says otherwise.
    private static func domainCount(_ reader: ParameterReader, _ dataset: any DatasetKind) -> Int? {
        let domains = (dataset as? any DomainDataset)?.domains
        guard reader.has("tasks") else { return domains?.count }
        guard reader.unreported.optionalString("tasks") == domainsName else { return nil }
        _ = reader.optionalString("tasks")
        if domains == nil {
            reader.report(
                "tasks", "is 'domains', and dataset '\(type(of: dataset).name)' has none",
                hint: "give a number of tasks, [50, 10, 10] or {base: 50, step: 10}")
        }
        return domains?.count ?? 1
    }

    /// The sizes of a first task of `base` classes and further ones of `step`.
    private static func steps(
        _ steps: ParameterReader, _ reader: ParameterReader, _ dataset: any DatasetKind
    ) -> [Int] {
        let base = steps.integer("base", in: sizeRange)
        let step = steps.integer("step", in: sizeRange)
        if let count = steps.optionalInteger("steps", in: countRange) {
            return [base] + [Int](repeating: step, count: count)
        }
        guard let classes = reader.keys.contains("counts") ? nil : dataset.knownClassCount else {
            reader.report(
                "tasks", "needs 'steps': only the files tell how many classes there are",
                hint: "write {base: \(base), step: \(step), steps: 5}")
            return [base]
        }
        let rest = classes - base
        guard rest >= 0, rest % max(step, 1) == 0 else {
            reader.report(
                "tasks",
                rest < 0
                    ? "has a base of \(base), and there are \(classes) classes"
                    : "has steps of \(step), which do not divide the \(rest) classes after the "
                        + "base of \(base)",
                hint: "[50, 10, 7] lists tasks of any sizes")
            return [classes]
        }
        return [base] + [Int](repeating: step, count: rest / max(step, 1))
    }

    /// Reports what the kind of the dataset tells to be wrong.
    private func report(_ dataset: any DatasetKind, to reader: ParameterReader) {
        if count > Self.countRange.upperBound {
            reader.report("tasks", "makes \(count) tasks, more than \(Self.countRange.upperBound)")
        }
        switch self {
        case .domains: return
        case .equal(let count): dataset.report(tasks: count, to: reader)
        case .sizes(let sizes):
            guard !reader.keys.contains("counts"), let classes = dataset.knownClassCount,
                let problem = Self.problem(sizes, classes: classes)
            else { return }
            reader.report(
                "tasks", "is wrong: its tasks \(problem)",
                hint: "their sizes add up to the number of classes")
        }
    }
}
