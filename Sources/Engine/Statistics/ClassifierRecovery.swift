/// How much of what could be drawn an epoch of classifier recovery uses.
public enum RecoveryConsumption: String, Codable, Hashable, Sendable, CaseIterable {
    /// As the reference: one chunk for each class of the earlier tasks; the rest is never used.
    case reference
    /// All of them.
    case all
}

/// The samples of one epoch of recovery and how many of them are used (Reference 8.2).
public struct RecoverySamples: Sendable, Equatable {
    /// The Gaussians that samples are drawn from, over all seen classes.
    public let samplerCount: Int
    /// Samples of each Gaussian, and rows of a chunk.
    public let chunkSize: Int
    /// The steps of an epoch, each on one chunk.
    public let chunkCount: Int

    /// Works out the numbers.
    ///
    /// - Parameters:
    ///   - samplerCount: Gaussians of the seen classes: one a class for covariance and variance, one
    ///     for each centroid of non-zero variance.
    ///   - samplesPerClass: n, rows of a chunk.
    ///   - earlierClassCount: classes of the tasks before the current one; the number of chunks as
    ///     the reference counts them, as far as there are that many.
    public init(
        samplerCount: Int, samplesPerClass: Int, earlierClassCount: Int,
        consumption: RecoveryConsumption
    ) {
        self.samplerCount = samplerCount
        chunkSize = samplesPerClass
        switch consumption {
        case .reference: chunkCount = min(earlierClassCount, samplerCount)
        case .all: chunkCount = samplerCount
        }
    }

    /// The number of samples.
    public var count: Int { samplerCount * chunkSize }

    /// The samples that are used.
    public var usedCount: Int { chunkCount * chunkSize }
}

/// Trains the head on features drawn from the statistics of all seen classes, so that rows of
/// classes learned at different times compete fairly (Reference 8.2). A network between features and
/// head is trained with it; the rows may also stand for something else than classes, such as tasks.
///
/// The reference draws all samples, permutes them and uses the first chunks. Samples of one Gaussian
/// are alike and independent, so choosing places among them first, without repetition, and drawing
/// only those has the same distribution: here the start of a permutation of the places is taken and
/// place s stands for a fresh sample of Gaussian `s / n`.
///
/// The numbers drawn in an epoch depend on the stream and the epoch alone, and momentum is part of
/// the state, so recovery goes on bit for bit from a saved state.
public struct ClassifierRecovery: Sendable {
    /// The numbers of a recovery.
    public struct Settings: Codable, Hashable, Sendable {
        /// Epochs, also the length of the cosine.
        public var epochs = 30
        /// Rate of the first epoch, not scaled by batch size.
        public var rate = 0.005
        /// Momentum of gradient descent.
        public var momentum = 0.9
        /// n: samples of each Gaussian and rows of a chunk.
        public var samplesPerClass = 120
        /// How many of the samples are used.
        public var consumption = RecoveryConsumption.reference
        /// What is drawn where pictures are few; nil is `skip`, and stands in no key document.
        public var fewPictures: FewPictures?

        /// The numbers of the reference.
        public init() {}
    }

    /// Where a recovery stands between two epochs.
    public struct State: Sendable, Equatable {
        /// Epochs done.
        public var completedEpochs: Int
        /// `head.weight` `[S, D]` and `head.bias` `[S]` of the seen classes in task order.
        public var parameters: ParameterSet
        /// The momentum buffers.
        public var optimizer: Optimizer.State

        /// Creates a state, for example from a progress file.
        public init(completedEpochs: Int, parameters: ParameterSet, optimizer: Optimizer.State) {
            self.completedEpochs = completedEpochs
            self.parameters = parameters
            self.optimizer = optimizer
        }
    }

    /// The settings.
    public let settings: Settings
    /// The rows of the head that are trained: the seen classes in task order.
    public let classIDs: [Int]
    /// The classes that nothing is drawn for: no cluster of theirs has a spread.
    public let undrawnClasses: [Int]
    /// The classes whose statistics have no spread of their own, whatever is drawn for them.
    public let spreadlessClasses: [Int]
    /// The samples of every epoch.
    public let samples: RecoverySamples
    /// Epochs done.
    public private(set) var completedEpochs = 0

    private let initialWeight: Tensor
    private let initialBias: Tensor
    private let featureWidth: Int
    private let samplers: [FeatureSampler]
    /// For each sampler, the position of its row in `classIDs`.
    private let positions: [Int]
    private let positionOf: [Int: Int]
    private let stream: RandomStream
    private var head: SeenClassHead

    /// Prepares a recovery; a covariance is factored here, once.
    ///
    /// - Parameters:
    ///   - weight: `[C, D]`, the head with the rows of all classes.
    ///   - bias: `[C]`.
    ///   - mapping: what stands between features and head, trained too; nil for nothing.
    ///   - statistics: of each seen class, in task order.
    ///   - labels: for each of the statistics the row of the head that its samples belong to, such as
    ///     its task; nil for the class itself.
    ///   - earlierClassCount: classes of the tasks before the current one.
    ///   - settings: the numbers.
    ///   - stream: split for each epoch.
    /// - Precondition: class ids are rows of the head and do not repeat; widths agree.
    public init(
        weight: Tensor, bias: Tensor, mapping: DenseNetwork? = nil,
        statistics: [(classID: Int, statistics: ClassStatistics)], labels: [Int]? = nil,
        earlierClassCount: Int, settings: Settings = Settings(), stream: RandomStream
    ) {
        let classes = statistics.map(\.classID)
        let labels = labels ?? classes
        var seen: Set<Int> = []
        let ids = labels.filter { seen.insert($0).inserted }
        featureWidth = statistics.first?.statistics.centers.columns ?? weight.shape[1]
        precondition(
            Set(classes).count == classes.count && labels.count == classes.count
                && ids.allSatisfy { (0..<bias.count).contains($0) }
                && (mapping != nil || featureWidth == weight.shape[1]),
            "recovery of classes \(classes) as \(labels) in a head \(weight.shape)")
        let groups = FeatureSampler.samplers(
            of: statistics.map(\.statistics), settings.fewPictures ?? .skip)
        self.settings = settings
        undrawnClasses = classes.indices.filter { groups[$0].isEmpty }.map { classes[$0] }
        spreadlessClasses = statistics.filter { !$0.statistics.hasSpread }.map(\.classID)
        classIDs = ids
        samplers = groups.flatMap { $0 }
        let positionOf = Dictionary(uniqueKeysWithValues: zip(ids, ids.indices))
        self.positionOf = positionOf
        positions = groups.indices.flatMap { i in
            groups[i].map { _ in positionOf[labels[i]] ?? 0 }
        }
        samples = RecoverySamples(
            samplerCount: samplers.count, samplesPerClass: settings.samplesPerClass,
            earlierClassCount: earlierClassCount, consumption: settings.consumption)
        self.stream = stream
        initialWeight = weight
        initialBias = bias
        head = SeenClassHead(
            weight: weight.selectingRows(ids),
            bias: Tensor(shape: [ids.count], ids.map { bias.values[$0] }),
            mapping: mapping, momentum: settings.momentum)
    }

    /// Where the recovery stands. Settable, to go on from a saved state of the same recovery.
    public var state: State {
        get {
            State(
                completedEpochs: completedEpochs, parameters: head.parameters,
                optimizer: head.optimizer.state)
        }
        set {
            precondition(
                newValue.parameters.names == head.parameters.names
                    && newValue.parameters.tensors.map(\.shape)
                        == head.parameters.tensors.map(\.shape),
                "a state of another recovery")
            completedEpochs = newValue.completedEpochs
            head.parameters = newValue.parameters
            head.optimizer.state = newValue.optimizer
        }
    }

    /// Whether all epochs are done.
    public var isFinished: Bool { completedEpochs >= settings.epochs }

    /// The rate of an epoch, ½ rate (1 + cos(πe/E)).
    public func rate(epoch: Int) -> Double {
        annealedRate(epoch: epoch, of: settings.epochs, base: settings.rate)
    }

    /// The weight of the head as it stands, `[C, D]`; rows of other classes are as they were.
    public var weight: Tensor {
        var result = initialWeight
        result.replaceRows(classIDs, with: head.weight)
        return result
    }

    /// The network between features and head as it stands; nil where there is none.
    public var mapping: DenseNetwork? { head.mapping }

    /// The bias of the head as it stands, `[C]`.
    public var bias: Tensor {
        var result = initialBias
        for (row, classID) in classIDs.enumerated() {
            result.values[classID] = head.bias.values[row]
        }
        return result
    }

    /// Makes one step on given samples.
    ///
    /// - Parameters:
    ///   - samples: `[n, D]`.
    ///   - labels: class ids, `[n]`, all among the seen classes.
    ///   - rate: the learning rate.
    /// - Returns: the mean cross-entropy over the seen classes before the step.
    public mutating func step(samples: Tensor, labels: [Int], rate: Double) -> Double {
        let rows = labels.map { label in
            guard let position = positionOf[label] else {
                preconditionFailure("class \(label) is not among \(classIDs)")
            }
            return position
        }
        return head.step(samples: samples, labels: rows, rate: Float(rate))
    }

    /// Runs the next epoch.
    ///
    /// - Returns: the mean loss of its steps; 0 when there is nothing to draw from.
    /// - Precondition: the recovery is not finished.
    public mutating func runEpoch() -> Double {
        precondition(!isFinished, "epoch \(completedEpochs) of \(settings.epochs)")
        var stream = stream.split("epoch-\(completedEpochs)")
        let rate = Float(rate(epoch: completedEpochs))
        let places = stream.sample(samples.usedCount, of: samples.count)
        var total = 0.0
        // A triangular factor is worth reading for many rows only; the rest is drawn by chunks, to
        // hold little memory.
        let chunksPerDraw = samplers.contains { $0.prefersManyRows } ? samples.chunkCount : 1
        for start in stride(from: 0, to: samples.chunkCount, by: max(chunksPerDraw, 1)) {
            let size = chunksPerDraw * samples.chunkSize
            let drawn = places[start * samples.chunkSize..<start * samples.chunkSize + size]
                .map { $0 / samples.chunkSize }
            let features = draw(drawn, from: &stream)
            for chunk in 0..<chunksPerDraw {
                let range = chunk * samples.chunkSize..<(chunk + 1) * samples.chunkSize
                total += head.step(
                    samples: features.selectingRows(range),
                    labels: drawn[range].map { positions[$0] },
                    rate: rate)
            }
        }
        completedEpochs += 1
        return samples.chunkCount == 0 ? 0 : total / Double(samples.chunkCount)
    }

    /// Draws one row for each element of `chosen`, a sampler's index, `[chosen.count, D]`.
    private func draw(_ chosen: [Int], from stream: inout RandomStream) -> Tensor {
        let width = featureWidth
        var rowsOf = [[Int]](repeating: [], count: samplers.count)
        for (row, sampler) in chosen.enumerated() { rowsOf[sampler].append(row) }
        var result = Tensor(zeros: [chosen.count, width])
        for (sampler, rows) in zip(samplers, rowsOf) where !rows.isEmpty {
            let noise = Tensor(shape: [rows.count, width], stream.normals(rows.count * width))
            result.replaceRows(rows, with: sampler.features(from: noise))
        }
        return result
    }
}
