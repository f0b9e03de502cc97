import Engine
import Foundation
import TestSupport
import Testing

/// The facts of Reference 17 that the engine alone can show, one test each. The others stand in
/// the suite of the same name of the stages.
@Suite struct ConformanceTests {
    private let workers = Workers(threads: 2)

    /// Reference 5.4, written out here: S(t) of the epoch before, S(0) twice.
    @Test("1: learning rates follow the schedules, one epoch late, to 1e-9")
    func learningRatesFollowTheSchedulesOneEpochLate() {
        let (b, c) = (9.375e-4, 4.6875e-3)
        for epoch in 0..<50 {
            let t = Double(max(epoch - 1, 0))
            let wave = 0.5 * (1 + cos(.pi * t / 50))
            let warm = t < 5 ? 1e-6 + t * (b - 1e-6) / 5 : 1e-5 + (b - 1e-5) * wave
            let cold = 1e-5 + (c - 1e-5) * wave
            let step = t < 30 ? b : b / 10
            for (schedule, base, expected) in [
                (LearningRateSchedule.cosine(warmUp: 5), b, warm), (.cosine(warmUp: 0), c, cold),
                (.step(decayEpochs: 30, rate: 0.1, warmUp: 0), b, step), (.constant, b, b),
            ] {
                let found = schedule.rate(epoch: epoch, of: 50, base: base)
                #expect(abs(found / expected - 1) < 1e-9, "\(schedule), epoch \(epoch)")
            }
        }
        // The values that Reference 5.4 prints, to their four digits.
        for (epoch, printed) in [
            (0, 1e-6), (1, 1e-6), (2, 1.883e-4), (3, 3.756e-4), (4, 5.629e-4), (5, 7.502e-4),
            (6, 9.148e-4), (7, 9.049e-4), (10, 8.653e-4), (25, 5.029e-4), (40, 1.164e-4),
            (49, 1.366e-5),
        ] {
            let found = LearningRateSchedule.cosine(warmUp: 5).rate(epoch: epoch, of: 50, base: b)
            #expect(abs(found / printed - 1) < 5e-4, "epoch \(epoch): \(found)")
        }
    }

    @Test("2: LoRA with B = 0 and an adapter with W_up = 0 change no bit of the logits; prompts do")
    func freshLoRAAndAdapterChangeNoBitOfTheLogits() throws {
        let small = try SmallModel()
        func logits(_ pet: PET?) -> Tensor {
            small.head.logits(small.model.features(small.images, pet: pet, workers: workers))
        }
        let plain = logits(nil)
        let blocks = [0, 1, 2]
        for (method, zeroed) in [
            (LoRA(rank: 3, blocks: blocks) as any PETMethod, ["_B"]),
            (Adapter(bottleneck: 3, blocks: blocks), ["up_proj", "up_bias"]),
        ] {
            // Everything else is random, so that only the zeros keep the logits.
            var pet = small.pet(method)
            #expect(logits(pet) != plain)
            for (index, name) in pet.parameters.names.enumerated()
            where zeroed.contains(where: name.hasSuffix) {
                pet.parameters.tensors[index] = Tensor(
                    zeros: pet.parameters.tensors[index].shape)
            }
            #expect(logits(pet) == plain)
        }
        var prompt = small.pet(PrefixPrompt(length: 2, blocks: blocks))
        #expect(logits(prompt) != plain)
        // Rows of zeros are keys with score 0, which still take a share of the softmax.
        prompt.parameters = prompt.parameters.zeroed
        #expect(logits(prompt) != plain)
    }

    @Test("3: LoRA merged into the weights of queries, keys and values equals unmerged LoRA")
    func mergedLoRAEqualsUnmergedLoRA() throws {
        let small = try SmallModel()
        let lora = LoRA(rank: 3, blocks: [0, 2])
        let pet = small.pet(lora)
        let width = small.configuration.width
        var weights = small.weights.parameters
        for (place, block) in lora.blocks.enumerated() {
            let name = "blocks.\(block).attn.qkv.weight"
            var merged = try #require(weights[name])
            // W [3 D, D] += Δᵀ, Δ = [0 | A_k B_k | A_v B_v] / r.
            for (part, kind) in [(1, "k"), (2, "v")] {
                let a = try #require(pet.parameters["lora_layer.\(kind)_lora_A"]).values
                let b = try #require(pet.parameters["lora_layer.\(kind)_lora_B"]).values
                let start = place * width * lora.rank
                for output in 0..<width {
                    for input in 0..<width {
                        let delta = (0..<lora.rank).reduce(Float(0)) {
                            $0 + a[start + input * lora.rank + $1] * b[start + $1 * width + output]
                        }
                        merged.values[(part * width + output) * width + input] +=
                            delta / Float(lora.rank)
                    }
                }
            }
            weights[name] = merged
        }
        let model = VisionTransformer(
            try ViTWeights(configuration: small.configuration, parameters: weights))
        let merged = model.features(small.images, pet: nil, workers: workers)
        let unmerged = small.model.features(small.images, pet: pet, workers: workers)
        expectClose(merged, unmerged, 1e-5, "features")
        #expect(unmerged != small.model.features(small.images, pet: nil, workers: workers))
    }

    @Test("4: inference with a slot for each picture equals a loop over the pictures")
    func aSlotForEachPictureEqualsALoopOverPictures() throws {
        let small = try SmallModel()
        for method in SmallModel.methods(from: 0, depth: 3) {
            let slots = (0..<3).map { small.pet(method, "slot \($0)") }
            let slotOf = [2, 0, 1, 1, 0]
            let together = small.model.features(
                small.images, slots: slots, slotOf: slotOf, workers: workers)
            for (picture, slot) in slotOf.enumerated() {
                let alone = small.model.features(
                    small.batch.pictures(picture..<picture + 1).images, pet: slots[slot],
                    grouping: .single, workers: workers)
                #expect(together.selectingRows([picture]) == alone)
            }
        }
    }

    /// Batch 24, so n = 120; 20 classes a task; and ten centroids, of whose samples most stay unused.
    @Test("5: recovery takes a chunk of 5 batches for each earlier class; masked rows stay")
    func recoveryTakesAChunkForEachEarlierClass() {
        for task in 1...9 {
            for centroids in [1, 10] {
                let samples = RecoverySamples(
                    samplerCount: centroids * 20 * (task + 1), samplesPerClass: 5 * 24,
                    earlierClassCount: 20 * task, consumption: .reference)
                #expect(samples.chunkCount == 20 * task && samples.chunkSize == 120)
                #expect(samples.count == centroids * 2400 * (task + 1))
                #expect(samples.usedCount == 2400 * task)
            }
        }
        // The row and bias of a class outside the mask have no gradient, also with momentum.
        let logits = Tensor(shape: [2, 3], [1, -2, 9, 0.5, 3, -9])
        let gradient = maskedCrossEntropy(logits: logits, labels: [1, 0], allowed: [0, 1]).gradient
        #expect(gradient.values[2] == 0 && gradient.values[5] == 0)
        let statistics = ClassStatistics.compute(
            features: Tensor(shape: [2, 1], [1, 2]), method: .variance,
            stream: RandomStream(seed: 1, name: "unused"))
        var recovery = ClassifierRecovery(
            weight: Tensor(shape: [3, 1], [1, 2, 3]), bias: Tensor(shape: [3], [4, 5, 6]),
            statistics: [(2, statistics), (0, statistics)], earlierClassCount: 1,
            stream: RandomStream(seed: 1, name: "recovery"))
        for _ in 0..<2 { _ = recovery.runEpoch() }
        #expect(recovery.weight.values[1] == 2 && recovery.bias.values[1] == 5)
        #expect(recovery.weight.values[0] != 1 && recovery.weight.values[2] != 3)
    }

    /// Rows (0,0), (2,0), (4,6): deviations (−2,−2), (0,−2), (2,4); divisor 2: variances 4 and 12,
    /// covariance 6. Features −1, 1, 9, 11 and 100: clusters of variance 1, 1 and 0.
    @Test(
        "6: covariances divide by n − 1 and add 1e-4; clusters divide by n, single ones are skipped"
    )
    func covariancesAndClustersHaveTheirDivisors() throws {
        let stream = RandomStream(seed: 4, name: "statistics")
        let features = Tensor(shape: [3, 2], [0, 0, 2, 0, 4, 6])
        let full = ClassStatistics.compute(features: features, method: .covariance, stream: stream)
        #expect(try #require(full.covariance).values == [4.0001, 6, 6, 12.0001])
        let diagonal = ClassStatistics.compute(
            features: features, method: .variance, stream: stream)
        #expect(diagonal.variances.values == [4.0001, 12.0001])
        for statistics in [full, diagonal] {
            #expect(statistics.centers.values == [2, 2])
            #expect(statistics.contrastiveRows == Tensor(shape: [1, 2], [2, 2]))
        }
        let clusters = ClassStatistics.compute(
            features: Tensor(shape: [5, 1], [-1, 1, 9, 11, 100]),
            method: .multiCentroid(centroids: 3), stream: stream)
        let pairs = zip(clusters.centers.values, clusters.variances.values).sorted { $0.0 < $1.0 }
        #expect(pairs.map(\.0) == [0, 10, 100] && pairs.map(\.1) == [1, 1, 0])
        // The single one is no Gaussian to draw from, but the contrastive term remembers it.
        #expect(FeatureSampler.samplers(of: clusters).count == 2)
        #expect(clusters.contrastiveRows.shape == [3, 1])
    }

    /// Rows (1,0), (0,1), (1,1): G·0.8 = [[1,0,1],[0,1,1],[1,1,2]]. With a = e^{1/0.8}, b = e^{2/0.8}:
    /// R = (1/3)(2 (log(2a + 1) − 1.25) + log(2a + b) − 2.5), the same with two of them stored.
    @Test("7: the contrastive term of three rows by hand, with stored means and without")
    func theContrastiveTermOfThreeRows() {
        let (a, b) = (exp(1.25), exp(2.5))
        let expected = (2 * (log(2 * a + 1) - 1.25) + log(2 * a + b) - 2.5) / 3
        for stored in 0...2 {
            let rows: [Float] = [1, 0, 0, 1, 1, 1]
            let term = ContrastiveTerm(
                weight: 1, memory: Tensor(shape: [stored, 2], Array(rows[..<(2 * stored)])))
            let features = Tensor(shape: [3 - stored, 2], Array(rows[(2 * stored)...]))
            let result = term.lossAndGradient(features: features)
            #expect(abs(result.loss - expected) < 1e-12, "\(stored) stored")
            #expect(result.gradient.shape == features.shape)
        }
    }

    /// Width 1, rank 1, share ½: A = 1 and 3, B = 2 and 4 merge to 2 and 3, product 6; the mean of
    /// the products 2 and 12 would be 7.
    @Test("8: merging averages A and B, not their product")
    func mergingAveragesFactorsNotProducts() throws {
        func pet(_ a: Float, _ b: Float) -> PET {
            let names = LoRA(rank: 1, blocks: [0]).parameterShapes(for: .base16).map(\.name)
            return PET(
                method: LoRA(rank: 1, blocks: [0]),
                parameters: ParameterSet(
                    names.map { ($0, Tensor(shape: [1, 1, 1], [$0.hasSuffix("_A") ? a : b])) }))
        }
        let merged = PET.merged(pet(3, 4), previous: [pet(1, 2)], share: 0.5)
        for kind in ["k", "v"] {
            let a = try #require(merged.parameters["lora_layer.\(kind)_lora_A"]).values[0]
            let b = try #require(merged.parameters["lora_layer.\(kind)_lora_B"]).values[0]
            #expect(a == 2 && b == 3)
        }
        // Of several earlier slots the plain mean: ¾ · 8 + ¼ · (0 + 4 + 8) / 3.
        let three = [pet(0, 0), pet(4, 4), pet(8, 8)]
        let later = PET.merged(pet(8, 8), previous: three, share: 0.25)
        #expect(later.parameters.tensors.allSatisfy { $0.values == [7] })
    }

    /// Tasks are rows, times columns: 90 80 60 / 70 74 / 88. A = 90, 75, 74. Forgetting: 90 − 60 and
    /// 74 − 74, because the column itself counts in the maximum. Backward: 60 − 90 and 74 − 70.
    @Test("11: forgetting, backward transfer, FAA and CAA of a fixed matrix")
    func figuresOfAFixedMatrix() {
        let matrix = AccuracyMatrix(columns: [[90], [80, 70], [60, 74, 88]])
        #expect(matrix.faa == 74 && abs(matrix.caa - 239.0 / 3) < 1e-12)
        #expect(matrix.ffm == 15 && matrix.bwt == -13)
        #expect(matrix.average(after: 1) == 75)
        #expect(matrix.forgetting(after: 1) == 10 && matrix.backwardTransfer(after: 1) == -10)
    }

    /// The reference gathers `[2, B, k, …]`, keys then values, and reads the same memory as `[B, 2, k, …]`.
    @Test("12: the legacy reshape deals out the keys of all pictures, then their values, in pairs")
    func theLegacyReshapeDealsOutPairs() {
        func dealt(_ entries: [[Int]], _ layout: PoolSelection.Layout) -> [[[String]]] {
            let selection = PoolSelection(entries: entries, layout: layout)
            return entries.indices.map { picture in
                [PoolSelection.Half.keys, .values].map { half in
                    entries[picture].indices.map { rank in
                        let source = selection.source(of: half, picture: picture, rank: rank)
                        return (source.half == .keys ? "K" : "V") + "\(source.entry)"
                    }
                }
            }
        }
        let four: [[[String]]] = [
            [["K0"], ["K1"]], [["K2"], ["K3"]], [["V0"], ["V1"]], [["V2"], ["V3"]],
        ]
        #expect(dealt([[0], [1], [2], [3]], .legacyReshape) == four)
        for pictures in 1...5 {
            let entries = (0..<pictures).map { [2 * $0 + 1, 2 * $0] }
            let keys = entries.map { one in one.map { "K\($0)" } }
            let values = entries.map { one in one.map { "V\($0)" } }
            let memory = keys + values
            let pairs = (0..<pictures).map { [memory[2 * $0], memory[2 * $0 + 1]] }
            #expect(dealt(entries, .legacyReshape) == pairs)
            let own = (0..<pictures).map { [keys[$0], values[$0]] }
            #expect(dealt(entries, .correct) == own)
        }
    }

    @Test("17: parameters of ViT-B/16: LoRA 76 800, adapter 42 265, prompt 153 600")
    func parameterCountsOfViTB16() {
        let blocks = [0, 1, 2, 3, 4]
        for (method, count) in [
            (LoRA(rank: 5, blocks: blocks) as any PETMethod, 76_800),
            (Adapter(bottleneck: 5, blocks: blocks), 42_265),
            (PrefixPrompt(length: 20, blocks: blocks), 153_600),
        ] {
            let initial = method.initialParameters(
                for: .base16, stream: RandomStream(seed: 1, name: "count"))
            #expect(initial.tensors.reduce(0) { $0 + $1.count } == count, "\(method)")
            #expect(method.parameterCount(for: .base16) == count, "\(method)")
        }
    }
}
