import Foundation
import Pipeline

/// The learning rates of a plan's training units, as text: a line for each stage and group of
/// parameters, tasks and cells with equal rates together.
enum PlanRates {
    /// `rates of hide, tasks 2-10: pet, head 1e-06 × 2, 0.0001883, …`
    static func lines(_ plan: RunPlan) -> [String] {
        var found: [(stage: String, rates: [RateSeries], tasks: [Int])] = []
        for unit in plan.entries.map(\.unit) where !unit.definition.rates.isEmpty {
            let index = found.firstIndex {
                $0.stage == unit.stage && $0.rates == unit.definition.rates
            }
            if let index {
                found[index].tasks += [unit.task].compactMap { $0 }
            } else {
                found.append(
                    (unit.stage, unit.definition.rates, [unit.task].compactMap { $0 }))
            }
        }
        return found.flatMap { stage, rates, tasks in
            joined(rates).map { groups, values in
                "rates of \(stage)\(text(of: tasks)): \(groups.joined(separator: ", ")) "
                    + text(of: values)
            }
        }
    }

    /// Groups with equal rates share a line.
    private static func joined(_ rates: [RateSeries]) -> [(groups: [String], values: [Double?])] {
        var lines: [(groups: [String], values: [Double?])] = []
        for series in rates {
            if let index = lines.firstIndex(where: { $0.values == series.rates }) {
                lines[index].groups.append(series.group)
            } else {
                lines.append(([series.group], series.rates))
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
    static func text(of rates: [Double?]) -> String {
        var runs: [(rate: Double?, count: Int)] = []
        for rate in rates {
            if let last = runs.last, last.rate == rate {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((rate, 1))
            }
        }
        return runs.map { rate, count in
            let text = rate.map { String(format: "%.4g", $0) } ?? "no gradient"
            return count == 1 ? text : "\(text) × \(count)"
        }.joined(separator: ", ")
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
