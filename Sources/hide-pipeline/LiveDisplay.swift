import Foundation
package import Pipeline

/// What is going on in a run, as the lines that a terminal shows at its lower end.
package struct LiveDisplay {
    /// A unit in work.
    private struct RunningUnit {
        let name: String
        let started: Double
        var pictures = 0
        var done = 0
        var total = 0
        /// The steps that an earlier run had done when this one took over.
        var firstDone: Int?
        var loss: Double?
        var detail: String?
    }

    /// The units of the run.
    private(set) var unitCount: Int
    /// What each unit costs relative to the others, by name.
    var weights: [String: Double]
    private let started: Double
    private var running: [RunningUnit] = []
    /// What is being looked at before the first unit; nil when that is done.
    private var checking: String?
    private var finishedCount = 0
    private var reusedCount = 0
    private var finishedWeight = 0.0
    private var executedWeight = 0.0

    package init(unitCount: Int, weights: [String: Double], now: Double) {
        self.unitCount = unitCount
        self.weights = weights
        started = now
    }

    package mutating func inputProgressed(_ location: String, done: Int, of total: Int) {
        let place = Printable.text(location)
        checking = done < total ? "  checking \(place) · \(done)/\(total) pictures" : nil
    }

    package mutating func runStarted(units: Int) { unitCount = units }

    package mutating func unitStarted(_ name: String, now: Double) {
        running.append(RunningUnit(name: name, started: now))
    }

    package mutating func unitProgressed(_ step: UnitStep) {
        guard let index = running.firstIndex(where: { $0.name == step.unit }) else { return }
        if running[index].firstDone == nil { running[index].firstDone = max(0, step.done - 1) }
        running[index].done = step.done
        running[index].total = step.total
        running[index].loss = step.loss ?? running[index].loss
        running[index].detail = step.detail ?? running[index].detail
        running[index].pictures += step.pictures
    }

    package mutating func unitFinished(_ name: String, isExecuted: Bool) {
        running.removeAll { $0.name == name }
        finishedCount += 1
        reusedCount += isExecuted ? 0 : 1
        finishedWeight += weights[name] ?? 0
        if isExecuted { executedWeight += weights[name] ?? 0 }
    }

    /// The lines, each at most `width` characters.
    package func lines(now: Double, width: Int) -> [String] {
        var head = "\(finishedCount)/\(unitCount) units"
        if reusedCount > 0 { head += ", \(reusedCount) reused" }
        if let left = secondsLeft(now) { head += " · about \(Words.duration(left)) left" }
        return
            ([head] + [checking].compactMap { $0 } + running.map { Printable.text(line($0, now)) })
            .map { String($0.prefix(width)) }
    }

    private func line(_ unit: RunningUnit, _ now: Double) -> String {
        var parts = [unit.name]
        if let detail = unit.detail { parts.append(detail) }
        if unit.total > 0 { parts.append("\(unit.done)/\(unit.total)") }
        if let loss = unit.loss { parts.append(String(format: "loss %.4f", loss)) }
        let seconds = now - unit.started
        if unit.pictures > 0, seconds > 0 {
            parts.append(String(format: "%.1f pictures/s", Double(unit.pictures) / seconds))
        }
        if let first = unit.firstDone, unit.done > first {
            let left = seconds * Double(unit.total - unit.done) / Double(unit.done - first)
            parts.append("\(Words.duration(left)) left")
        }
        return "  " + parts.joined(separator: " · ")
    }

    /// Extrapolates from the weight done in this run; nil while too little is done to tell.
    private func secondsLeft(_ now: Double) -> Double? {
        var open = weights.values.reduce(0, +) - finishedWeight
        var done = executedWeight
        for unit in running where unit.total > 0 {
            let weight = (weights[unit.name] ?? 0) / Double(unit.total)
            done += weight * Double(unit.done - (unit.firstDone ?? 0))
            open -= weight * Double(unit.done)
        }
        guard done > 0, now - started > 2, open >= 0 else { return nil }
        return (now - started) * open / done
    }
}
