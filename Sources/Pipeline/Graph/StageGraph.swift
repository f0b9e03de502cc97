/// The stages of a file: wiring, order and cycles.
struct StageGraph {
    /// The stages, each after those it needs; file order otherwise.
    let order: [StageSpec]

    /// Checks the wiring. Mistakes are reported; `order` is then empty or not complete.
    init(_ stages: [StageSpec], registry: Registry, problems: ProblemList) {
        let names = stages.map(\.name)
        for stage in stages {
            let kind = registry.stages[stage.uses]
            if kind == nil, !stage.uses.isEmpty {
                problems.report(
                    stage.usesPlace, "stage '\(stage.name)': unknown stage kind '\(stage.uses)'",
                    hint: NearestName.hintOrList(stage.uses, among: registry.stages.keys))
            }
            for need in stage.needs where !names.contains(need.stage) {
                problems.report(
                    need.place,
                    "stage '\(stage.name)': need '\(need.role)' names unknown stage '\(need.stage)'",
                    hint: NearestName.hintOrList(need.stage, among: names))
            }
            if let kind { Self.checkRoles(of: stage, kind, problems) }
        }
        order = Self.sorted(stages, problems)
    }

    private static func checkRoles(
        of stage: StageSpec, _ kind: any Stage.Type, _ problems: ProblemList
    ) {
        let roles = kind.needs.map(\.role)
        for need in stage.needs where !roles.contains(need.role) {
            problems.report(
                need.rolePlace, "stage '\(stage.name)': unknown need '\(need.role)'",
                hint: NearestName.hintOrList(need.role, among: roles))
        }
        for need in kind.needs where !need.isOptional {
            if stage.needs.contains(where: { $0.role == need.role }) { continue }
            problems.report(
                stage.place, "stage '\(stage.name)': need '\(need.role)' is missing",
                hint: "it takes \(need.accepts)")
        }
    }

    /// Depth-first in file order; reports every cycle that the walk closes, as a path.
    private static func sorted(_ stages: [StageSpec], _ problems: ProblemList) -> [StageSpec] {
        var walk = Walk(stages: stages, problems: problems)
        for stage in stages { walk.visit(stage) }
        return walk.order
    }

    private struct Walk {
        let stages: [StageSpec]
        let problems: ProblemList
        var order: [StageSpec] = []
        var path: [StageSpec] = []
        var done: Set<String> = []

        mutating func visit(_ stage: StageSpec) {
            if done.contains(stage.name) { return }
            if let start = path.firstIndex(where: { $0.name == stage.name }) {
                reportCycle(Array(path[start...]))
                return
            }
            path.append(stage)
            for need in stage.needs {
                if let next = stages.first(where: { $0.name == need.stage }) { visit(next) }
            }
            path.removeLast()
            done.insert(stage.name)
            order.append(stage)
        }

        /// The cycle starts with the stage that the file declares first.
        private func reportCycle(_ cycle: [StageSpec]) {
            let names = cycle.map(\.name)
            let fileOrder = stages.map(\.name).filter(names.contains)
            guard let first = fileOrder.first, let start = names.firstIndex(of: first) else {
                return
            }
            let turned = names[start...] + names[..<start] + [first]
            problems.report(
                cycle[start].place, "dependency cycle: \(turned.joined(separator: " -> "))")
        }
    }
}
