/// Collects deviations while parameters are read.
package final class DeviationList {
    package private(set) var deviations: [ProfileDeviation] = []
    private var known: Set<ProfileDeviation> = []

    package init() {}

    package func add(_ deviation: ProfileDeviation) {
        if known.insert(deviation).inserted { deviations.append(deviation) }
    }
}

/// The deviations of every stage in every cell of the matrix, and how stages depend on each other.
public struct ProfileReport: Sendable {
    /// The profile of the file.
    public let profile: Profile
    private var own: [Cell: [ProfileDeviation]]
    private var known: [Cell: Set<ProfileDeviation>] = [:]
    /// For each stage those it needs, directly.
    private let needs: [String: [String]]

    init(profile: Profile, needs: [String: [String]]) {
        self.profile = profile
        self.needs = needs
        own = [:]
    }

    mutating func add(_ deviations: [ProfileDeviation], in cell: Cell) {
        for deviation in deviations where known[cell, default: []].insert(deviation).inserted {
            own[cell, default: []].append(deviation)
        }
    }

    /// The deviations that the results of a stage rest on: its own and those of all stages before it.
    public func deviations(behind stage: String, in cell: Cell) -> [ProfileDeviation] {
        var reached: Set<String> = []
        var open = [stage]
        while let next = open.popLast() {
            if reached.insert(next).inserted { open += needs[next] ?? [] }
        }
        return (own[cell] ?? []).filter { reached.contains($0.stage) }
    }

    /// The profile and each deviation behind results, as lines for people:
    ///
    ///     profile reference
    ///       except statistics: after-merge, not before-merge (hide)
    func caption(of stages: [String], in cells: [Cell]) -> String {
        var lines: [(text: String, stages: [String])] = []
        let found = cells.flatMap { cell in
            stages.flatMap { deviations(behind: $0, in: cell) }
        }
        for deviation in found {
            let text = "\(deviation.setting): \(deviation.value), not \(deviation.standard)"
            if let index = lines.firstIndex(where: { $0.text == text }) {
                if !lines[index].stages.contains(deviation.stage) {
                    lines[index].stages.append(deviation.stage)
                }
            } else {
                lines.append((text, [deviation.stage]))
            }
        }
        return "profile \(profile.rawValue)\n"
            + lines.map { "  except \($0.text) (\($0.stages.joined(separator: ", ")))\n" }.joined()
    }
}
