import Engine
import Foundation
import Pipeline

/// What the course of a training says about its result: warnings, never failures. They must not be
/// raised by a training that merely goes badly, so the bounds are wide.
package struct TrainingWarnings {
    /// The parameters that training began with, as far as they are watched.
    private let start: ParameterSet
    private let classes: Int
    /// Stands before figures where a unit trains several times; empty elsewhere.
    private let title: String

    /// Looks at a trainer before anything was trained or restored.
    init(_ trainer: any TrainingSession, title: String) {
        start = Self.watched(trainer)
        classes = trainer.head.classCount
        self.title = title.isEmpty ? "" : "\(title): "
    }

    /// Says what stands out after the last epoch.
    ///
    /// - Parameter crossEntropies: the mean of each epoch.
    func say(_ trainer: any TrainingSession, crossEntropies: [Double], _ context: UnitContext) {
        if classes == 1 {
            context.warn(
                "one class takes part in the loss, which is then 0 whatever the weights: "
                    + "the classifier learns nothing of it")
        } else if Self.watched(trainer) == start {
            context.warn(
                "\(title)training changed no parameter, as without pictures, or with a learning rate "
                    + "of 0 or too small a one")
        }
        if let first = crossEntropies.first, let last = crossEntropies.last,
            Self.isBeyondReason(first: first, last: last, classes: classes)
        {
            context.warn(
                "\(title)the loss is \(Self.text(last)) in the last epoch and was "
                    + "\(Self.text(first)) in the first; guessing among \(classes) classes has "
                    + "\(Self.text(log(Double(classes)))); \(TrainingDiverged.hint)")
        }
    }

    /// Whether a mean cross-entropy grew tenfold and is three times that of guessing, or is a hundred
    /// times that of guessing however it began.
    package static func isBeyondReason(first: Double, last: Double, classes: Int) -> Bool {
        let guessing = log(Double(max(classes, 2)))
        return last > 3 * guessing && last > 10 * first || last > 100 * guessing
    }

    /// All parameters, of a whole backbone the head alone: a copy of it would cost as much memory again.
    private static func watched(_ trainer: any TrainingSession) -> ParameterSet {
        let all = trainer.state.parameters
        guard trainer.scope == .everything else { return all }
        return ParameterSet(
            zip(all.names, all.tensors).filter { $0.0.hasPrefix("head.") }.map { ($0, $1) })
    }

    private static func text(_ loss: Double) -> String { String(format: "%.3g", loss) }
}
