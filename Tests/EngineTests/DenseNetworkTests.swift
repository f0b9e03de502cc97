import Engine
import Testing

/// The small networks between features and classifier: shapes, values by hand, gradients.
@Suite struct DenseNetworkTests {
    private static let stream = RandomStream(seed: 3, name: "dense")

    /// A network with every parameter random, so that no gradient vanishes by symmetry.
    private func network(_ layers: [DenseNetwork.Layer]) -> DenseNetwork {
        var network = DenseNetwork(layers, name: "mlp", stream: Self.stream)
        for (index, name) in network.parameters.names.enumerated() {
            let shape = network.parameters.tensors[index].shape
            network.parameters.tensors[index] = SmallModel.random(
                shape, 0.8, around: 0, Self.stream.split("random/\(name)"))
        }
        return network
    }

    private func input(_ rows: Int, _ width: Int) -> Tensor {
        SmallModel.random([rows, width], 1, around: 0.1, Self.stream.split("input"))
    }

    @Test func theMappingsAreThoseOfTheReference() {
        #expect(DenseNetwork.mapping(structure: [], width: 8).isEmpty)
        #expect(
            DenseNetwork.mapping(structure: [2], width: 8) == [
                .linear(inputs: 8, outputs: 16), .gelu, .linear(inputs: 16, outputs: 8), .addInput,
                .layerNorm(width: 8, epsilon: 1e-5),
            ])
        #expect(
            DenseNetwork.mapping(structure: [4, 4], width: 8) == [
                .linear(inputs: 8, outputs: 32), .gelu, .linear(inputs: 32, outputs: 32),
                .layerNorm(width: 32, epsilon: 1e-5), .linear(inputs: 32, outputs: 8), .addInput,
                .layerNorm(width: 8, epsilon: 1e-5),
            ])
        let head = DenseNetwork(
            DenseNetwork.taskMapping(width: 8), name: "g", stream: Self.stream)
        #expect(
            head.parameters.names == [
                "g.0.weight", "g.0.bias", "g.2.weight", "g.2.bias",
            ])
        #expect(head.output(input(3, 8)).shape == [3, 16])
    }

    /// W = [[1, 2], [0, −1]], b = (3, 1), x = (1, 1): y = (6, 0). With x added: (7, 1). The norm of that:
    /// mean 4, deviation 3: (1, −1).
    @Test func theStepsFollowTheirEquations() {
        var network = DenseNetwork(
            [.linear(inputs: 2, outputs: 2), .addInput, .layerNorm(width: 2, epsilon: 0)],
            name: "n", stream: Self.stream)
        network.parameters.tensors[0] = Tensor(shape: [2, 2], [1, 2, 0, -1])
        network.parameters.tensors[1] = Tensor(shape: [2], [3, 1])
        let y = network.output(Tensor(shape: [1, 2], [1, 1]))
        #expect(abs(y.values[0] - 1) < 1e-6 && abs(y.values[1] + 1) < 1e-6)
    }

    /// The loss is a fixed combination of the outputs, so its gradient with respect to them is known.
    @Test(arguments: [
        DenseNetwork.mapping(structure: [2], width: 5),
        DenseNetwork.mapping(structure: [2, 3], width: 5),
        DenseNetwork.taskMapping(width: 5), [.layerNorm(width: 5, epsilon: 1e-5)],
        [.linear(inputs: 5, outputs: 4)],
    ])
    func backwardMatchesFiniteDifferences(layers: [DenseNetwork.Layer]) {
        let network = network(layers)
        let x = input(4, 5)
        let (y, cache) = network.forward(x)
        let dy = SmallModel.random(y.shape, 1, around: 0, Self.stream.split("dy"))
        func loss(_ network: DenseNetwork, _ x: Tensor) -> Double {
            zip(network.output(x).values, dy.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let (dx, gradients) = network.backward(dy, cache)
        let step: Float = 1e-2
        for index in x.values.indices {
            var (up, down) = (x, x)
            up.values[index] += step
            down.values[index] -= step
            let slope = (loss(network, up) - loss(network, down)) / Double(2 * step)
            #expect(abs(slope - Double(dx.values[index])) < 2e-2, "input \(index)")
        }
        for (tensor, name) in gradients.names.enumerated() {
            for index in gradients.tensors[tensor].values.indices {
                var (up, down) = (network, network)
                up.parameters.tensors[tensor].values[index] += step
                down.parameters.tensors[tensor].values[index] -= step
                let slope = (loss(up, x) - loss(down, x)) / Double(2 * step)
                let gradient = Double(gradients.tensors[tensor].values[index])
                #expect(abs(slope - gradient) < 2e-2 * max(1, abs(gradient)), "\(name)[\(index)]")
            }
        }
    }
}

/// Recovery of more than a linear head.
@Suite struct MappedRecoveryTests {
    private func statistics(_ classes: Int, _ width: Int) -> [(
        classID: Int, statistics: ClassStatistics
    )] {
        (0..<classes).map { classID in
            var stream = RandomStream(seed: 1, name: "class-\(classID)")
            var features = Tensor(shape: [20, width], stream.normals(20 * width).map { $0 * 0.3 })
            for row in 0..<20 { features.values[row * width + classID] += 3 }
            return (
                classID,
                ClassStatistics.compute(features: features, method: .variance, stream: stream)
            )
        }
    }

    /// Six classes in three tasks: the rows of the head are tasks, and a hidden layer stands before it.
    @Test func aTaskHeadLearnsTheTasksOfTheClasses() {
        let stream = RandomStream(seed: 5, name: "task-head")
        let mapping = DenseNetwork(
            DenseNetwork.taskMapping(width: 8), name: "g", stream: stream)
        let head = LinearHead(classes: 3, width: 16, stream: stream)
        var settings = ClassifierRecovery.Settings()
        settings.samplesPerClass = 16
        settings.rate = 0.1
        var recovery = ClassifierRecovery(
            weight: head.weight, bias: head.bias, mapping: mapping, statistics: statistics(6, 8),
            labels: [0, 0, 1, 1, 2, 2], earlierClassCount: 6, settings: settings, stream: stream)
        #expect(recovery.classIDs == [0, 1, 2])
        #expect(recovery.samples.chunkCount == 6)
        let first = recovery.runEpoch()
        var last = first
        while !recovery.isFinished { last = recovery.runEpoch() }
        #expect(last < 0.2 * first)
        #expect(recovery.mapping?.parameters != mapping.parameters)
    }

    /// The gradient of a step is that of plain descent, one step of rate 1 without momentum.
    @Test func aStepFollowsTheGradientOfMappingAndHead() {
        let stream = RandomStream(seed: 6, name: "mapped")
        let mapping = DenseNetwork(
            [.layerNorm(width: 4, epsilon: 1e-5)], name: "norm", stream: stream)
        let head = LinearHead(
            weight: SmallModel.random([4, 4], 0.5, around: 0, stream.split("w")),
            bias: Tensor(zeros: [4]))
        var settings = ClassifierRecovery.Settings()
        settings.momentum = 0
        var recovery = ClassifierRecovery(
            weight: head.weight, bias: head.bias, mapping: mapping, statistics: statistics(3, 4),
            earlierClassCount: 2, settings: settings, stream: stream)
        let samples = SmallModel.random([5, 4], 1, around: 0, stream.split("x"))
        let labels = [0, 1, 2, 1, 0]
        func loss(_ weight: Tensor) -> Double {
            var moved = mapping
            moved.parameters.tensors[0] = weight
            return maskedCrossEntropy(
                logits: head.logits(moved.output(samples)), labels: labels, allowed: [0, 1, 2]
            ).loss
        }
        _ = recovery.step(samples: samples, labels: labels, rate: 1)
        let before = mapping.parameters.tensors[0]
        let after = recovery.mapping?.parameters.tensors[0] ?? before
        for index in before.values.indices {
            var (up, down) = (before, before)
            up.values[index] += 1e-2
            down.values[index] -= 1e-2
            let slope = (loss(up) - loss(down)) / 2e-2
            #expect(abs(Double(before.values[index] - after.values[index]) - slope) < 1e-3)
        }
        // The row of the class that is not seen stays as it was.
        #expect(recovery.weight.values.suffix(4) == head.weight.values.suffix(4))
    }
}
