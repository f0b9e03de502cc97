import Pipeline

/// `--unit` and `--key`.
extension RunCommand {
    /// Makes sure that the one unit can run, and is the one that was meant, before anything else happens.
    func checkUnit(
        of file: PipelineFile, in store: any ArtifactStore, _ runOptions: RunOptions
    ) throws {
        guard let unit else {
            if key == nil { return }
            throw UsageError(problem: "--key needs --unit", hint: "name the unit with --unit")
        }
        if let other = [until.map { _ in "--until" }, only.map { _ in "--only" }].compactMap({ $0 })
            .first
        {
            throw UsageError(problem: "--unit runs one unit, and \(other) has no meaning with it")
        }
        guard file.graph.unit(named: unit) != nil else {
            throw UsageError.noUnit(unit, among: file.graph.units)
        }
        let plan = try RunPlan(graph: file.graph, store: store, options: runOptions)
        try requireInputs(of: try plan.entry(of: unit), plan)
        try requireKey(of: try plan.entry(of: unit))
    }

    private func requireInputs(of entry: Decision, _ plan: RunPlan) throws(MissingUnitInputs) {
        let missing = plan.entries.filter { $0.isOwnInputMissing && $0.unit.id != entry.unit.id }
        if missing.isEmpty { return }
        let unselected = missing.filter(\.isUnselected)
        let direct = Set(entry.unit.inputs)
        let stages = Set(
            plan.entries.filter { direct.contains($0.unit.id) && $0.isMissingInput }
                .map(\.unit.stage))
        let stage = stages.count == 1 ? stages.first ?? entry.unit.stage : entry.unit.stage
        throw MissingUnitInputs(
            unit: entry.unit.name, absent: unselected.map(\.unit.name),
            problems: missing.filter { !$0.isUnselected }.map {
                "'\($0.unit.name)': \($0.reasonText ?? "")"
            }, command: options.command("run", "--until", stage))
    }

    private func requireKey(of entry: Decision) throws(UsageError) {
        guard let key else { return }
        guard let digest = Digest(hex: key) else {
            throw UsageError(
                problem: "--key '\(Printable.quoted(key))' is no key",
                hint: "a key has 64 hexadecimal digits, as 'plan --json' shows it")
        }
        guard let found = entry.key, found.digest != digest else { return }
        throw UsageError(
            problem: "--key: unit '\(entry.unit.name)' has the key \(found), not \(digest)",
            hint: "the file, a setting, the program or an input changed since that key was made")
    }
}

/// What one unit reads and the store does not have.
struct MissingUnitInputs: InputError {
    let unit: String
    /// The units that have to run before, the first of each line of inputs.
    let absent: [String]
    /// What is wrong with inputs outside the store.
    let problems: [String]
    /// The command that makes what is absent.
    let command: String

    /// The most units that are named one by one.
    private static let namedLimit = 20

    var description: String {
        var lines = ["unit '\(unit)' cannot run: what it reads is not in the store"]
        if !absent.isEmpty {
            let names = absent.prefix(Self.namedLimit).map { "'\($0)'" }.joined(separator: ", ")
            let rest = absent.count - Self.namedLimit
            lines.append("first to run: \(names)" + (rest > 0 ? " and \(rest) more" : ""))
        }
        lines += problems
        if problems.isEmpty { lines.append("hint: '\(command)' makes it") }
        return lines.joined(separator: "\n  ")
    }
}
