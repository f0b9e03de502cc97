import Foundation
import Pipeline

/// The learning rates of a plan's training units, as text: a line for each stage and group of
/// parameters, tasks and cells with equal rates together.
enum PlanRates {
    /// Runs of equal rates that are written out; a schedule of thousands of epochs is cut there.
    private static let runLimit = 500

    /// Training units that share a line.
    private struct Group: Hashable {
        let stage: String
        let rates: [RateSeries]
    }

    /// `rates of hide, tasks 2-10: pet, head 1e-06 × 2, 0.0001883, …`
    static func lines(_ plan: RunPlan) -> [String] {
        var order: [Group] = []
        var tasks: [Group: [Int]] = [:]
        for unit in plan.entries.map(\.unit) where !unit.definition.rates.isEmpty {
            let group = Group(stage: unit.stage, rates: unit.definition.rates)
            if tasks[group] == nil { order.append(group) }
            tasks[group, default: []] += [unit.task].compactMap { $0 }
        }
        return order.flatMap { group in
            joined(group.rates).map { groups, series in
                "rates of \(group.stage)\(text(of: tasks[group] ?? [])): "
                    + "\(groups.joined(separator: ", ")) \(text(of: series))"
            }
        }
    }

    /// Groups with equal rates share a line.
    private static func joined(_ rates: [RateSeries]) -> [(groups: [String], series: RateSeries)] {
        var lines: [(groups: [String], series: RateSeries)] = []
        for series in rates {
            if let index = lines.firstIndex(where: { $0.series.agrees(with: series) }) {
                lines[index].groups.append(series.group)
            } else {
                lines.append(([series.group], series))
            }
        }
        return lines
    }

    private static func text(of tasks: [Int]) -> String {
        let tasks = Set(tasks).sorted()
        guard let first = tasks.first, let last = tasks.last else { return "" }
        if tasks.count == 1 { return ", task \(first)" }
        if last - first == tasks.count - 1 { return ", tasks \(first)-\(last)" }
        return ", tasks " + tasks.map(String.init).joined(separator: " ")
    }

    /// The rate of each epoch, runs of equal ones as `rate × epochs`.
    private static func text(of series: RateSeries) -> String {
        var runs: [(rate: Double?, count: Int)] = []
        var isCut = false
        for rate in (0..<series.epochs).lazy.map(series.rate) {
            if let last = runs.last, last.rate == rate {
                runs[runs.count - 1].count += 1
            } else if runs.count < runLimit {
                runs.append((rate, 1))
            } else {
                isCut = true
                break
            }
        }
        let shown = runs.map { rate, count in
            let text = rate.map { String(format: "%.4g", $0) } ?? "no gradient"
            return count == 1 ? text : "\(text) × \(count)"
        }
        return (shown + (isCut ? ["…"] : [])).joined(separator: ", ")
    }

    /// The rates of a unit by group, for JSON; nil for a unit that trains nothing.
    static func value(_ unit: UnitNode) -> Value? {
        let rates = unit.definition.rates
        if rates.isEmpty { return nil }
        return .object(
            Dictionary(
                rates.map { ($0.group, .array($0.rates.map { $0.map(Value.real) ?? .null })) },
                uniquingKeysWith: { $1 }))
    }
}
