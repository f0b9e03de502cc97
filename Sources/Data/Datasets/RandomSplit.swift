package import Pipeline

/// How the pictures of a dataset are divided where its owners do not say: a share of all, drawn.
///
/// ```swift
/// let split = RandomSplit(seed: 42, trainShare: 0.8)
/// let parts = split.splits(labels: [0, 0, 0, 0, 0])
/// parts.count { $0 == .train }  // 4
/// ```
public struct RandomSplit: Sendable, Hashable {
    /// The seed of the draw.
    public let seed: Int
    /// The share of training pictures.
    public let trainShare: Double

    /// Creates a split.
    ///
    /// - Precondition: the share is above 0 and below 1.
    public init(seed: Int, trainShare: Double) {
        precondition(trainShare > 0 && trainShare < 1, "share \(trainShare)")
        self.seed = seed
        self.trainShare = trainShare
    }

    /// The parts of pictures with these labels: those at the first ⌊share · count⌋ places of the order
    /// that Python's `random.shuffle` gives after `random.seed(seed)` are for training. Of a class
    /// that would have none, which only happens where there are few, the first in that order is too.
    public func splits(labels: [Int]) -> [Split] {
        var random = PythonRandom(seed: seed)
        let order = random.shuffled(Array(labels.indices))
        let train = order.prefix(Int(trainShare * Double(labels.count)))
        var splits = [Split](repeating: .test, count: labels.count)
        for index in train { splits[index] = .train }
        var trained = Set(train.map { labels[$0] })
        for index in order where trained.insert(labels[index]).inserted { splits[index] = .train }
        return splits
    }

    /// `random split of seed 42, 0.8 for training`.
    var words: String { "random split of seed \(seed), \(trainShare) for training" }
}

extension RandomSplit {
    /// Reads `split`: the name of what the dataset says itself, or
    /// `{random: {seed: 42, train-share: 0.8}}`; nil for the name.
    package init?(_ reader: ParameterReader, else name: String) {
        let split: RandomSplit? = reader.choice(
            "split", default: name,
            [
                name: { _ in nil },
                "random": {
                    RandomSplit(
                        seed: $0.integer("seed"),
                        trainShare: $0.real("train-share", default: 0.8, in: 0.001...0.999))
                },
            ])
        guard let split else { return nil }
        self = split
    }
}
