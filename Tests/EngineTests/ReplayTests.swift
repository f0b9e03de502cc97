import Engine
import TestSupport
import Testing

/// Training step by step as PyTorch does it: sixty steps over three tasks from given values, in
/// double precision there.
@Suite struct ReplayTests {
    @Test(arguments: ["shared", "hide"], ["lora", "adapter", "prompt"])
    func lossesFollowThoseOfDoublePrecision(mode: String, kind: String) throws {
        let replay = try Replay.recorded()
        let run = try #require(replay.cases.first { $0.mode == mode && $0.pet == kind })
        let losses = try ReplayRun(replay, run).losses()
        #expect(losses.allSatisfy { $0.count == 20 })
        let excesses = run.excesses(of: losses)
        #expect(excesses.isEmpty, "\(excesses.joined(separator: "\n"))")
        // The runs do something: every task is learned.
        for task in losses {
            #expect(task[18] + task[19] < 0.9 * (task[0] + task[1]), "\(task)")
        }
    }

    /// Every part of the method shows in the losses: none could be left out unnoticed.
    @Test func whatIsLeftOutIsFound() throws {
        let replay = try Replay.recorded()
        let changes: [(mode: String, change: (inout Replay.Training) -> Void)] = [
            ("hide", { $0.merge = 0 }), ("hide", { $0.contrastive = 0 }),
            ("hide", { $0.warmUp = 0 }), ("hide", { $0.clip["hide"] = 100 }),
            ("shared", { $0.slow = 1 }), ("shared", { $0.clip["shared"] = 100 }),
        ]
        for (index, (mode, change)) in changes.enumerated() {
            var changed = replay
            change(&changed.training)
            let run = try #require(replay.cases.first { $0.mode == mode && $0.pet == "lora" })
            let losses = try ReplayRun(changed, run).losses()
            #expect(!run.excesses(of: losses).isEmpty, "change \(index)")
        }
    }

    /// The comparison itself: a loss that is off by 1e-4 is found.
    @Test func aLossThatIsOffIsFound() throws {
        let run = try #require(try Replay.recorded().cases.first)
        #expect(run.excesses(of: run.float64).isEmpty)
        #expect(run.excesses(of: run.float32, factor: 1).isEmpty)
        var off = run.float64
        off[1][4] *= 1.0001
        #expect(run.excesses(of: off).count == 1)
        #expect(run.excesses(of: [run.float64[0]]).count == 1)
    }
}

/// A recorded run, made again by the engine.
private struct ReplayRun {
    let replay: Replay
    let run: Replay.Case
    private let backbone: VisionTransformer
    private let workers = Workers(threads: 1)

    init(_ replay: Replay, _ run: Replay.Case) throws {
        self.replay = replay
        self.run = run
        backbone = VisionTransformer(try replay.backbone)
    }

    private var isShared: Bool { run.mode == "shared" }

    /// The losses of all steps, task by task.
    func losses() throws -> [[Double]] {
        var pet = try replay.initial(try method)
        var head = replay.head
        var slots: [PET] = []
        var memory: [Float] = []
        var losses: [[Double]] = []
        for task in 0..<replay.data.tasks {
            let trainer = try trainer(task, pet, head, memory)
            losses.append(try train(trainer, task))
            head = trainer.head
            pet = try #require(trainer.pet)
            if isShared { continue }
            pet = PET.merged(pet, previous: slots, share: Float(replay.training.merge))
            slots.append(pet)
            memory += try classMeans(task, pet)
        }
        return losses
    }

    private var method: any PETMethod {
        get throws { try #require(replay.pet.method(named: run.pet)) }
    }

    private func trainer(
        _ task: Int, _ pet: PET, _ head: LinearHead, _ memory: [Float]
    ) throws -> Trainer {
        let width = replay.model.width
        let term = ContrastiveTerm(
            weight: Float(replay.training.contrastive),
            memory: Tensor(shape: [memory.count / width, width], memory))
        return Trainer(
            backbone: backbone, pet: pet, head: head, scope: .petAndHead, optimizer: .adam,
            clipNorm: Float(try #require(replay.training.clip[run.mode])),
            contrastive: isShared ? nil : term, allowedClasses: replay.classes(task: task),
            workers: workers)
    }

    private func train(_ trainer: Trainer, _ task: Int) throws -> [Double] {
        let training = replay.training
        let batch = replay.batch(task: task)
        let schedule: LearningRateSchedule = isShared ? .constant : .cosine(warmUp: training.warmUp)
        let base = try #require(training.rates[run.mode]) * Double(training.size) / 256
        let factor = isShared && task > 0 ? training.slow : 1
        let stepSize = training.size * training.replicas
        return try (0..<training.epochs).flatMap { epoch in
            let rate = schedule.rate(epoch: epoch, of: training.epochs, base: base)
            let petRate = schedule.rate(epoch: epoch, of: training.epochs, base: base * factor)
            return try stride(from: 0, to: batch.labels.count, by: stepSize).map { first in
                let replicas = (0..<training.replicas).map { replica in
                    let start = first + replica * training.size
                    return batch.pictures(start..<start + training.size)
                }
                return try trainer.step(
                    replicas,
                    rates: Trainer.Rates(pet: Float(petRate), head: Float(rate), backbone: 0)
                ).loss
            }
        }
    }

    private func classMeans(_ task: Int, _ pet: PET) throws -> [Float] {
        let features = backbone.features(
            replay.batch(task: task).images, pet: pet, workers: workers)
        let count = replay.data.pictures
        return (0..<replay.data.classes).flatMap { index in
            ClassStatistics.compute(
                features: features.selectingRows(index * count..<(index + 1) * count),
                method: .variance, stream: RandomStream(seed: 1, name: "unused")
            ).contrastiveRows.values
        }
    }
}

extension Trainer.Batch {
    /// Some of the pictures.
    func pictures(_ range: Range<Int>) -> Trainer.Batch {
        let length = images.count / labels.count
        return Trainer.Batch(
            images: Tensor(
                shape: [range.count] + images.shape.dropFirst(),
                Array(images.values[range.lowerBound * length..<range.upperBound * length])),
            labels: Array(labels[range]))
    }
}
