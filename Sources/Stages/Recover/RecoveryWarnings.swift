import Data
import Engine
import Pipeline

/// What a reader of a recovery must know of its draws: nothing is left out in silence.
struct RecoveryWarnings {
    let recovery: ClassifierRecovery
    let method: StatisticsMethod
    let manifest: DatasetManifest
    /// The task after which is recovered, from 0.
    let task: Int
    /// What is recovered: `classifier`.
    let title: String
    /// The classes that have statistics.
    let described: [Int]

    /// Says what is missing from the draws.
    func say(_ context: UnitContext) {
        sayUndescribed(context)
        switch recovery.settings.fewPictures ?? .skip {
        case .skip: saySkipped(context)
        case .sharedVariance: sayShared(context)
        }
    }

    /// Says that nothing came of a recovery.
    ///
    /// - Parameter isSame: whether the parameters are those that it began with.
    func sayOutcome(isSame: Bool, _ context: UnitContext) {
        guard isSame, recovery.samples.chunkCount > 0 else { return }
        context.warn(
            "the recovery changed nothing of the \(title), as with an 'lr' of 0 or too small a one")
    }

    private func names(_ classes: [Int]) -> String {
        Printable.list(classes.map { manifest.classNames[$0] }, limit: 5)
    }

    /// Classes without training pictures have no statistics.
    private func sayUndescribed(_ context: UnitContext) {
        let seen = manifest.tasks[0...task].flatMap { $0 }
        let missing = seen.filter { !described.contains($0) }
        guard !missing.isEmpty else { return }
        let share = ClassShare.text(missing.count, of: seen.count, "have", "has")
        context.warn(
            "the recovery of the \(title) leaves out classes: \(share) no training pictures: "
                + names(missing))
    }

    private func saySkipped(_ context: UnitContext) {
        let undrawn = recovery.undrawnClasses
        if !undrawn.isEmpty {
            let consequence =
                recovery.samples.samplerCount == 0
                ? "the recovery draws nothing and leaves the \(title) as it is"
                : "the recovery of the \(title) draws nothing for them"
            let share = ClassShare.text(undrawn.count, of: described.count, "have", "has")
            context.warn(
                "\(share) no more different pictures than centroids, and \(consequence): "
                    + "\(names(undrawn)); 'few-pictures: shared-variance' draws for them")
        }
        let still = recovery.spreadlessClasses.filter { !undrawn.contains($0) }
        guard !still.isEmpty else { return }
        let share = ClassShare.text(still.count, of: described.count, "have", "has")
        context.warn(
            "\(share) one picture, or equal ones, and no spread; the recovery of the \(title) draws "
                + "for them next to their mean, with a deviation of 0.01: \(names(still)); "
                + "'few-pictures: shared-variance' takes the spread of other classes")
    }

    private func sayShared(_ context: UnitContext) {
        let still = recovery.spreadlessClasses
        guard !still.isEmpty else { return }
        let share = ClassShare.text(still.count, of: described.count, "have", "has")
        guard still.count == described.count else {
            context.log("\(share) no spread and the variance of others: \(names(still))")
            return
        }
        context.warn(
            "no class has a spread that the recovery of the \(title) could draw with, each picture "
                + "being a cluster of its own; it draws with \(standIn)")
    }

    private var standIn: String {
        guard case .multiCentroid = method else {
            return "a deviation of 0.01 about the mean of each class"
        }
        return "the spread of the centres of a class, divided by their number"
    }
}
