import Data
import Engine
import Pipeline

/// The one training loop: epochs over a fixed set of pictures, resumable at every step.
struct TrainingLoop {
    let recipe: TrainingRecipe
    let trainer: any TrainingSession
    /// The pictures of this run, with labels that index the rows of the trainer's head.
    let pictures: LabelledPictures
    /// Draws the order of each epoch and the augmentation of each picture.
    let stream: RandomStream
    /// What the rates are multiplied by.
    var factors = RateFactors()
    /// Shown in progress and errors: `task 3`.
    let title: String
    /// Computes what the pictures of a batch, as they are trained on, are matched to the keys of a prompt
    /// pool by; nil for other methods.
    var queries: ((Tensor) -> Tensor)?

    /// The place of this loop among those of its unit; nil where it is the only one.
    var series: Series?

    /// Several loops of a unit, one after the other.
    struct Series {
        /// Which of them this one is, from 0.
        let index: Int
        let count: Int
        /// What the loops before it left, saved beside the progress of this one.
        let kept: Artifact
    }

    /// The mean loss of each epoch, and how far it is.
    struct History {
        var losses: [Double] = []
        /// The mean cross-entropy of each epoch, without the terms that other losses add.
        var crossEntropies: [Double] = []
        var epoch = 0
        var step = 0
        var lossSum = 0.0
        var crossEntropySum = 0.0
    }

    private var picturesPerStep: Int { recipe.batch.size * recipe.batch.replicas }
    private var stepsPerEpoch: Int {
        (pictures.count + picturesPerStep - 1) / picturesPerStep
    }

    /// Trains from where saved progress left off, or from the start, to the end.
    ///
    /// - Throws: `TrainingDiverged` for a non-finite loss, `ParametersDiverged`, errors of pictures, `UnitInterrupted`.
    func run(_ context: UnitContext) throws -> History {
        try run(context, from: try context.savedProgress())
    }

    /// Trains from saved progress of this loop to the end; nil is the start.
    ///
    /// - Throws: as `run(_:)`.
    func run(_ context: UnitContext, from saved: Artifact?) throws -> History {
        let warnings = TrainingWarnings(trainer, title: series == nil ? "" : title)
        var history = try resume(saved, context)
        while history.epoch < recipe.epochs {
            try runEpoch(context, &history)
            history.close(steps: stepsPerEpoch)
        }
        // The last step may leave numbers that no loss was computed from.
        let parameters = trainer.state.parameters
        if let name = zip(parameters.names, parameters.tensors)
            .first(where: { !$1.values.allSatisfy(\.isFinite) })?.0
        {
            throw ParametersDiverged(title: title, name: name)
        }
        if let last = history.losses.last {
            context.log("\(title): mean loss of the last epoch \(last)")
        }
        warnings.say(trainer, crossEntropies: history.crossEntropies, context)
        return history
    }

    private func runEpoch(_ context: UnitContext, _ history: inout History) throws {
        let epoch = history.epoch
        let rates = recipe.rates(epoch: epoch, factors)
        let loader = pictures.loader(
            batchSize: recipe.batch.size, replicas: recipe.batch.replicas,
            stream: stream.split("epoch-\(epoch)"), isShuffled: recipe.order == nil,
            firstStep: history.step, threads: context.threads)
        while let replicas = try loader.next() {
            let report: Trainer.StepReport
            do {
                report = try trainer.step(
                    replicas.map { trainable($0.batch) },
                    rates: Trainer.Rates(
                        pet: rates.pet.map(Float.init), head: Float(rates.head),
                        backbone: rates.pet.map(Float.init)))
            } catch {
                throw TrainingDiverged(
                    title: title, epoch: epoch + 1, step: history.step + 1, cause: error,
                    pictures: replicas.flatMap(\.names))
            }
            history.step += 1
            history.lossSum += report.loss
            history.crossEntropySum += report.crossEntropy
            let snapshot = history
            let total = recipe.epochs * stepsPerEpoch
            try context.step(
                done: (series?.index ?? 0) * total + epoch * stepsPerEpoch + history.step,
                of: (series?.count ?? 1) * total,
                loss: report.loss, detail: "epoch \(epoch + 1)/\(recipe.epochs)",
                pictures: replicas.reduce(0) { $0 + $1.names.count },
                progress: { progress(snapshot) })
        }
    }

    private func trainable(_ batch: Trainer.Batch) -> Trainer.Batch {
        var batch = batch
        batch.queries = queries?(batch.images)
        return batch
    }

    /// Everything that is needed to go on from here, with what the series keeps.
    func progress(_ history: History) -> Artifact {
        var artifact = series?.kept ?? Artifact()
        artifact.attributes["epoch"] = .integer(history.epoch)
        artifact.attributes["step"] = .integer(history.step)
        artifact.attributes["loss-sum"] = .real(history.lossSum)
        artifact.attributes["cross-entropy-sum"] = .real(history.crossEntropySum)
        artifact.arrays[ArrayName.losses] = TypedArray(history.losses)
        artifact.arrays["cross-entropies"] = TypedArray(history.crossEntropies)
        let state = trainer.state
        artifact.store(state.parameters, in: "parameters")
        artifact.store(state.optimizer.first, in: "first-moments")
        artifact.store(state.optimizer.second, in: "second-moments")
        artifact.attributes["step-count"] = .integer(state.optimizer.stepCount)
        artifact.arrays["skipped"] = TypedArray(state.optimizer.skipped)
        return artifact
    }

    private func resume(_ saved: Artifact?, _ context: UnitContext) throws -> History {
        guard let saved else { return History() }
        guard let (history, state) = restored(saved, stepsPerEpoch: stepsPerEpoch) else {
            context.warn("\(title): the saved progress is not of this training: from the start")
            return History()
        }
        trainer.state = state
        context.log("\(title): goes on at epoch \(history.epoch + 1), step \(history.step + 1)")
        return history
    }
}

extension TrainingLoop.History {
    /// Ends an epoch.
    fileprivate mutating func close(steps: Int) {
        let count = Double(max(steps, 1))
        losses.append(lossSum / count)
        crossEntropies.append(crossEntropySum / count)
        (lossSum, crossEntropySum, step) = (0, 0, 0)
        epoch += 1
    }
}

/// A loss, or a gradient, that is not finite.
struct TrainingDiverged: Error, CustomStringConvertible {
    let title: String
    let epoch: Int
    let step: Int
    let cause: NonFiniteLoss
    let pictures: [String]

    var description: String {
        let shown = pictures.prefix(8).joined(separator: ", ")
        let rest = pictures.count > 8 ? " and \(pictures.count - 8) more" : ""
        // The sign of a NaN says nothing.
        let loss = cause.loss.isNaN ? "nan" : "\(cause.loss)"
        // A finite loss can still have a gradient beyond single precision.
        let problem =
            cause.loss.isFinite
            ? "the gradient is not finite (loss \(loss))" : "the loss is \(loss)"
        return """
            \(problem) at \(title), epoch \(epoch), step \(step); pictures \(shown)\(rest)
              hint: \(Self.hint)
            """
    }

    static let hint = "a lower learning rate or a 'clip-norm' usually helps"
}

/// Trained parameters that are not finite.
struct ParametersDiverged: Error, CustomStringConvertible {
    let title: String
    /// The first such parameter.
    let name: String

    var description: String {
        "the parameter '\(name)' is not finite at the end of \(title)\n"
            + "  hint: \(TrainingDiverged.hint)"
    }
}
