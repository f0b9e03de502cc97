import Engine
import Foundation
import TestSupport
import Testing

/// The same bits for 1, 2, 3, 7, 16 and 64 workers: one picture, fewer than a group, prime numbers of
/// groups, more and fewer workers than groups. What the catalogue's methods give stands in the suite
/// of the same name of the stages.
@Suite struct WorkerCountTests {
    /// Groups of four pictures: one picture, less than a group, a group and one more, and 2, 3, 5 and
    /// 11 groups.
    static let pictureCounts = [1, 3, 4, 5, 8, 11, 17, 43]

    /// 65 tokens a picture.
    private func model(_ pictures: Int, classes: Int = 5) throws -> SmallModel {
        try SmallModel(
            imageSize: 16, patch: 2, channels: 1, width: 6, depth: 3, heads: 3, mlpWidth: 5,
            pictures: pictures, classes: classes)
    }

    private static let methods: [@Sendable ([Int]) -> any PETMethod] =
        EngineGradientTests.methods + [{ TokenPrompt(length: 2, block: $0[0]) }]

    @Test(arguments: pictureCounts)
    func featuresAndTokens(pictures: Int) throws {
        let small = try model(pictures)
        for pet in [nil, small.pet(LoRA(rank: 2, blocks: [0, 2]))] {
            for grouping in [PictureGrouping.automatic, .single, .fixed(3)] {
                expectSameBits("\(pictures) pictures, \(grouping)") { threads in
                    let workers = Workers(threads: threads)
                    return [
                        small.model.features(
                            small.images, pet: pet, grouping: grouping, workers: workers),
                        small.model.tokens(
                            small.images, pet: pet, grouping: grouping, workers: workers),
                    ]
                }
            }
        }
    }

    @Test(arguments: methods.indices)
    func featuresBehindEveryMethod(kind: Int) throws {
        for pictures in [1, 11, 17] {
            let small = try model(pictures)
            let pet = small.pet(Self.methods[kind]([0, 2]))
            let slots = [pet, small.pet(Self.methods[kind]([0, 2]), "other")]
            expectSameBits("\(pictures) pictures") { threads in
                let workers = Workers(threads: threads)
                return [
                    small.model.features(small.images, pet: pet, workers: workers),
                    small.model.tokens(small.images, pet: pet, workers: workers),
                    small.model.features(
                        small.images, slots: slots, slotOf: (0..<pictures).map { $0 % 2 },
                        workers: workers),
                ]
            }
        }
    }

    /// Gradients of replicas of different sizes, and what some steps make of them.
    @Test(arguments: methods.indices)
    func trainingOfEveryMethod(kind: Int) throws {
        for pictures in [1, 11, 17] {
            let small = try model(pictures)
            let pet = small.pet(Self.methods[kind]([0, 2]))
            try expectSameSteps(small, pet, .petAndHead, "\(pictures) pictures")
        }
    }

    @Test(arguments: [Trainer.Scope.headOnly, .petAndHead, .everything])
    func trainingOfEveryScope(scope: Trainer.Scope) throws {
        for pictures in Self.pictureCounts {
            let small = try model(pictures)
            try expectSameSteps(
                small, small.pet(LoRA(rank: 2, blocks: [1])), scope, "\(pictures) pictures")
        }
    }

    @Test func trainingBehindAMapping() throws {
        let small = try model(11)
        let pet = small.pet(LoRA(rank: 2, blocks: [1]))
        try expectSameSteps(
            small, pet, .petAndHead, "mapping", mapping: small.mapping(structure: [2, 1]))
    }

    private func expectSameSteps(
        _ small: SmallModel, _ pet: PET?, _ scope: Trainer.Scope, _ what: String,
        mapping: DenseNetwork? = nil
    ) throws {
        let memory = SmallModel.random(
            [3, small.configuration.width], 0.3, around: 0, RandomStream(seed: 1, name: "memory"))
        let rates = Trainer.Rates(
            pet: 1e-2, head: 1e-2, backbone: scope == .everything ? 1e-3 : nil)
        let replicas = [
            small.batch, small.batch.pictures(0..<(small.labels.count + 1) / 2), small.batch,
        ]
        try expectSameBits("\(what), \(scope)") { threads in
            let trainer = small.trainer(
                pet, scope, threads: threads,
                contrastive: ContrastiveTerm(weight: 0.25, memory: memory), mapping: mapping)
            let found = trainer.gradientsWithoutUpdate(replicas)
            for _ in 0..<2 { _ = try trainer.step(replicas, rates: rates) }
            let losses = [found.crossEntropy, found.contrastive].map { Float($0) }
            return found.gradients.tensors + trainer.state.parameters.tensors
                + trainer.state.optimizer.first.tensors + [Tensor(shape: [2], losses)]
        }
    }

    @Test(arguments: 0..<4)
    func promptPools(index: Int) throws {
        let pool = PromptPoolTests.pools[index]
        let matching = PoolMatching(rule: .instance, pull: 0.5)
        for pictures in [1, 3, 17] {
            let small = try model(pictures)
            let pet = small.pet(pool)
            let keys = try #require(pet.parameters["e_prompt.prompt_key"])
            try expectSameBits("\(pool.insertion), \(pictures) pictures") { threads in
                let workers = Workers(threads: threads)
                let queries = small.model.features(small.images, pet: nil, workers: workers)
                let trainer = Trainer(
                    backbone: small.model, pet: pet, head: small.head, scope: .petAndHead,
                    optimizer: .adam, clipNorm: 1, matching: matching, workers: workers)
                let batch = Trainer.Batch(
                    images: small.images, labels: small.labels, queries: queries)
                let gradients = trainer.gradientsWithoutUpdate([batch, batch]).gradients
                _ = try trainer.step(
                    [batch], rates: Trainer.Rates(pet: 1e-2, head: 1e-2, backbone: nil))
                let features = small.model.features(
                    small.images, pet: pet,
                    selection: matching.selection(queries: queries, keys: keys, count: pool.topK),
                    workers: workers)
                return [queries, features] + gradients.tensors
                    + trainer.state.parameters.tensors
            }
        }
    }

    /// What one thread computes gives the same bits when several units compute it at once.
    @Test(arguments: serial.indices)
    func whatSeveralUnitsComputeAtOnce(index: Int) throws {
        let (name, compute) = Self.serial[index]
        let alone = try compute().map(\.bits)
        expectSameBits(name) { threads in
            var found = [[Tensor]](repeating: [], count: 5)
            found.withUnsafeMutableBufferPointer { found in
                nonisolated(unsafe) let found = found
                Workers(threads: threads).run(found.count) { item in
                    found[item] = (try? compute()) ?? []
                }
            }
            #expect(found.allSatisfy { $0.map(\.bits) == alone }, "\(name), \(threads) workers")
            return found.flatMap { $0 }
        }
    }

    private static let features = SmallModel.random(
        [40, 6], 1, around: 0.2, RandomStream(seed: 4, name: "features"))

    private static func statistics(_ method: StatisticsMethod) -> ClassStatistics {
        ClassStatistics.compute(
            features: features, method: method, stream: RandomStream(seed: 5, name: "statistics"))
    }

    private static let serial: [(String, @Sendable () throws -> [Tensor])] = [
        (
            "k-means",
            {
                let found = KMeans(
                    DoubleMatrix(features), clusterCount: 4,
                    stream: RandomStream(seed: 6, name: "k-means"))
                return [
                    Tensor(shape: [40], found.labels.map { Float($0) }),
                    Tensor(shape: [1], [Float(found.inertia)]),
                ]
            }
        ),
        (
            "statistics",
            {
                let kinds: [StatisticsMethod] = [
                    .covariance, .variance, .multiCentroid(centroids: 3), .prototype(count: 3),
                ]
                return kinds.map(statistics).flatMap {
                    [$0.centers.tensor, $0.variances.tensor] + [$0.covariance].compactMap { $0 }
                }
            }
        ),
        (
            "recovery",
            {
                var recovery = ClassifierRecovery(
                    weight: Tensor(zeros: [3, 6]), bias: Tensor(zeros: [3]),
                    statistics: [
                        (0, statistics(.covariance)), (2, statistics(.multiCentroid(centroids: 3))),
                        (1, statistics(.variance)),
                    ], earlierClassCount: 2, stream: RandomStream(seed: 7, name: "recovery"))
                let losses = (0..<2).map { _ in Float(recovery.runEpoch()) }
                return [recovery.weight, recovery.bias, Tensor(shape: [2], losses)]
            }
        ),
        (
            "softmax regression",
            {
                let labels = try SoftmaxRegression(steps: 20).predictions(
                    train: features, labels: (0..<40).map { $0 % 3 }, classes: 3, test: features)
                return [Tensor(shape: [40], labels.map { Float($0) })]
            }
        ),
        (
            "dense network",
            {
                let network = DenseNetwork(
                    DenseNetwork.mapping(structure: [2, 1], width: 6), name: "network",
                    stream: RandomStream(seed: 8, name: "network"))
                let (output, cache) = network.forward(features)
                let back = network.backward(output, cache)
                return [output, back.input] + back.parameters.tensors
            }
        ),
        (
            "contrastive term",
            {
                let term = ContrastiveTerm(weight: 0.5, memory: Tensor(zeros: [2, 6]))
                let found = term.lossAndGradient(features: features)
                return [found.gradient, Tensor(shape: [1], [Float(found.loss)])]
            }
        ),
    ]
}
