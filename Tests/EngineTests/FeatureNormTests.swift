import Engine
import Foundation
import TestSupport
import Testing

/// A norm between features and head, trained with the head.
@Suite struct FeatureNormTests {
    private func network(_ weight: Tensor, _ bias: Tensor) -> DenseNetwork {
        DenseNetwork(
            [.layerNorm(width: weight.count, epsilon: 1e-5)],
            parameters: ParameterSet([("fc_norm.weight", weight), ("fc_norm.bias", bias)]))
    }

    @Test func aFreshNormHasTheModelsEpsilonAndNoneIsMadeWhereFeaturesAreNormalised() throws {
        let configuration = try SmallModel(hasFinalNorm: false).configuration
        let norm = try #require(DenseNetwork.featureNorm(for: configuration))
        #expect(norm.layers == [.layerNorm(width: configuration.width, epsilon: 1e-5)])
        #expect(norm.parameters.names == ["fc_norm.weight", "fc_norm.bias"])
        #expect(norm.parameters.tensors[0].values.allSatisfy { $0 == 1 })
        #expect(norm.parameters.tensors[1].values.allSatisfy { $0 == 0 })
        #expect(DenseNetwork.featureNorm(for: .quickstart) == nil)
    }

    /// The final norm moved from the model to the head is the same function, and trained there it has the
    /// gradients of a model that is trained as a whole.
    @Test func theNormOfAHeadReplacesTheFinalNormOfAModel() throws {
        let with = try SmallModel()
        let without = try SmallModel(hasFinalNorm: false)
        let norm = network(
            try #require(with.weights.parameters["norm.weight"]),
            try #require(with.weights.parameters["norm.bias"]))
        let workers = Workers(threads: 2)
        let features = without.model.features(without.images, pet: nil, workers: workers)
        #expect(
            norm.output(features)
                == with.model.features(with.images, pet: nil, workers: workers))

        let method = LoRA(rank: 2, blocks: [0, 1, 2])
        let expected = with.trainer(with.pet(method), .everything)
            .gradientsWithoutUpdate([with.batch])
        let trainer = Trainer(
            backbone: without.model, pet: without.pet(method), head: without.head, mapping: norm,
            scope: .petAndHead, optimizer: .adam, clipNorm: nil, workers: workers)
        let found = trainer.gradientsWithoutUpdate([without.batch])
        expectClose(found.crossEntropy, expected.crossEntropy, 1e-6, "loss")
        let names = ["fc_norm.weight": "norm.weight", "fc_norm.bias": "norm.bias"]
        #expect(found.gradients.names.contains("fc_norm.weight"))
        for (name, gradient) in zip(found.gradients.names, found.gradients.tensors) {
            let other = try #require(expected.gradients[names[name] ?? name])
            expectClose(gradient, other, 1e-5, name)
        }
    }

    /// Against differences of the loss.
    @Test func recoveryTrainsTheNorm() throws {
        let small = try SmallModel()
        let width = small.configuration.width
        let stream = RandomStream(seed: 4, name: "samples")
        let before = network(
            SmallModel.random([width], 0.3, around: 1, stream.split("weight")),
            SmallModel.random([width], 0.2, around: 0, stream.split("bias")))
        let samples = SmallModel.random([7, width], 2, around: 0.5, stream)
        let labels = [0, 2, 1, 0, 2, 2, 1]
        let statistics = [0, 1, 2].map { classID in
            (
                classID: classID,
                statistics: ClassStatistics.compute(
                    features: samples, method: .variance, stream: stream)
            )
        }
        var settings = ClassifierRecovery.Settings()
        settings.momentum = 0
        var recovery = ClassifierRecovery(
            weight: small.head.weight, bias: small.head.bias, mapping: before,
            statistics: statistics, earlierClassCount: 1, settings: settings, stream: stream)
        // One plain step of rate 1 moves each parameter by its negative gradient.
        _ = recovery.step(samples: samples, labels: labels, rate: 1)
        let after = try #require(recovery.mapping)
        for tensor in 0..<2 {
            for index in stride(from: 0, to: width, by: 5) {
                func loss(_ change: Float) -> Double {
                    var moved = before
                    moved.parameters.tensors[tensor].values[index] += change
                    return maskedCrossEntropy(
                        logits: small.head.logits(moved.output(samples)), labels: labels,
                        allowed: [0, 1, 2]
                    ).loss
                }
                let slope = (loss(1.0 / 64) - loss(-1.0 / 64)) / (2.0 / 64)
                let values = [before, after].map { $0.parameters.tensors[tensor].values[index] }
                let found = Double(values[0] - values[1])
                #expect(abs(found - slope) < 3e-4, "\(tensor)[\(index)]: \(found), \(slope)")
            }
        }
    }
}
