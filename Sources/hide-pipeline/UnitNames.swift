import Pipeline

extension RunPlan {
    /// The entry of a unit that the user names.
    ///
    /// - Throws: `UsageError` with the nearest name.
    func entry(of name: String) throws(UsageError) -> Decision {
        if let entry = entry(named: name) { return entry }
        throw UsageError.noUnit(name, among: entries.map(\.unit))
    }
}

extension UsageError {
    /// There is no unit of this name. The hint gives the units that the user may mean: those of a stage,
    /// those that begin with the text, or the nearest.
    static func noUnit(_ name: String, among units: [UnitNode]) -> UsageError {
        UsageError(
            problem: "the file has no unit '\(name)'", hint: hint(for: name, among: units))
    }

    private static func hint(for name: String, among units: [UnitNode]) -> String {
        let names = units.map(\.name)
        let stage = units.filter { $0.stage == name }.map(\.name)
        let begun = stage.isEmpty ? names.filter { $0.hasPrefix(name) } : stage
        if begun.isEmpty || name.isEmpty {
            let stages = Set(units.map(\.stage))
            return NearestName.hint(name, among: names + stages) ?? "'plan' shows the units"
        }
        let shown = begun.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        let rest = begun.count > 5 ? " or one of \(begun.count - 5) more" : ""
        return begun.count == 1 ? "did you mean \(shown)?" : "one of \(shown)\(rest)"
    }
}
