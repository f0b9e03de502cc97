/// The stages of a file: wiring, order and cycles.
struct StageGraph {
    /// The stages, each after those it needs; file order otherwise.
    let order: [StageSpec]

    /// Checks the wiring. Mistakes are reported; `order` is then empty or not complete.
    init(_ stages: [StageSpec], registry: Registry, problems: ProblemList) {
        let names = stages.map(\.name)
        let known = Set(names)
        for stage in stages {
            let kind = registry.stages[stage.uses]
            if kind == nil, !stage.uses.isEmpty {
                problems.report(
                    stage.usesPlace,
                    "\(stage.shown): unknown stage kind '\(Printable.quoted(stage.uses))'",
                    hint: NearestName.hintOrList(stage.uses, among: registry.stages.keys))
            }
            for need in stage.needs where !known.contains(need.stage) {
                problems.report(
                    need.place,
                    "\(stage.shown): need '\(Printable.quoted(need.role))' names unknown stage "
                        + "'\(Printable.quoted(need.stage))'",
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
                need.rolePlace, "\(stage.shown): unknown need '\(Printable.quoted(need.role))'",
                hint: NearestName.hintOrList(need.role, among: roles))
        }
        for need in kind.needs where !need.isOptional {
            if stage.needs.contains(where: { $0.role == need.role }) { continue }
            problems.report(
                stage.place, "\(stage.shown): need '\(need.role)' is missing",
                hint: "it takes \(need.accepts)")
        }
    }

    /// Depth-first in file order; reports every cycle that the walk closes, as a path.
    private static func sorted(_ stages: [StageSpec], _ problems: ProblemList) -> [StageSpec] {
        var walk = Walk(stages: stages, problems: problems)
        for index in stages.indices { walk.visit(index) }
        return walk.order.map { stages[$0] }
    }

    /// The walk keeps its own stack: a chain of stages may be longer than that of a thread is deep.
    private struct Walk {
        private let stages: [StageSpec]
        private let problems: ProblemList
        private let positions: [String: Int]
        private(set) var order: [Int] = []
        /// The stages that are being visited, with the number of needs seen of each.
        private var path: [(stage: Int, seen: Int)] = []
        private var depths: [Int: Int] = [:]
        private var done: Set<Int> = []

        init(stages: [StageSpec], problems: ProblemList) {
            self.stages = stages
            self.problems = problems
            positions = Dictionary(
                zip(stages.map(\.name), 0...), uniquingKeysWith: { first, _ in first })
        }

        mutating func visit(_ start: Int) {
            enter(start)
            while let (stage, seen) = path.last {
                let needs = stages[stage].needs
                if seen < needs.count {
                    path[path.count - 1].seen += 1
                    if let next = positions[needs[seen].stage] { enter(next) }
                } else {
                    path.removeLast()
                    depths[stage] = nil
                    done.insert(stage)
                    order.append(stage)
                }
            }
        }

        private mutating func enter(_ stage: Int) {
            if done.contains(stage) { return }
            if let depth = depths[stage] {
                reportCycle(path[depth...].map(\.stage))
            } else {
                depths[stage] = path.count
                path.append((stage, 0))
            }
        }

        /// The cycle starts with the stage that the file declares first.
        private func reportCycle(_ cycle: [Int]) {
            guard let first = cycle.min(), let start = cycle.firstIndex(of: first) else { return }
            let turned = (cycle[start...] + cycle[..<start] + [first])
                .map { Printable.quoted(stages[$0].name) }
            let limit = 20
            let shown =
                turned.count > limit
                ? turned.prefix(limit) + ["… (\(turned.count - 1) stages)"] : turned[...]
            problems.report(
                stages[first].place, "dependency cycle: \(shown.joined(separator: " -> "))")
        }
    }
}
