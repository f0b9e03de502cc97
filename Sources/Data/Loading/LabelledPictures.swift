public import Engine

/// What becomes of a picture on its way into a model.
public indirect enum PictureTransform: Sendable, Hashable, Codable {
    case train(TrainTransform)
    case evaluation(EvaluationTransform)
    /// A transform for each dataset of a sequence, all of one size.
    case sequence([PictureTransform])

    /// The side of the result, in pixels.
    public var size: Int {
        switch self {
        case .train(let transform): transform.size
        case .evaluation(let transform): transform.size
        case .sequence(let parts): parts[0].size
        }
    }

    /// The channels of the result.
    public var channels: Int {
        switch self {
        case .train(let transform): transform.encoding.channels
        case .evaluation(let transform): transform.encoding.channels
        case .sequence(let parts): parts[0].channels
        }
    }

    /// - Parameter part: which dataset of a sequence the picture is of.
    func values(of picture: Picture, part: Int, stream: RandomStream) -> [Float] {
        switch self {
        case .train(let transform):
            var stream = stream
            return transform.values(of: picture, stream: &stream)
        case .evaluation(let transform): return transform.values(of: picture, part: part)
        case .sequence(let parts):
            return parts[part].values(of: picture, part: 0, stream: stream)
        }
    }
}

/// Pictures to be shown to a model, with the transform and the labels it is to learn.
public struct LabelledPictures: Sendable {
    /// Where pictures come from.
    public let access: any PictureAccess
    /// The pictures.
    public let entries: [DatasetManifest.Entry]
    /// The row of the head for each picture.
    public let labels: [Int]
    /// The transform.
    public let transform: PictureTransform

    /// Creates a set.
    ///
    /// - Parameter rows: the labels that the rows of the head stand for; nil when a row is a label.
    /// - Precondition: the label of every entry is in `rows`.
    public init(
        access: any PictureAccess, entries: [DatasetManifest.Entry], rows: [Int]? = nil,
        transform: PictureTransform
    ) {
        self.access = access
        self.entries = entries
        self.transform = transform
        labels = entries.map { entry in
            guard let rows else { return entry.label }
            guard let row = rows.firstIndex(of: entry.label) else {
                preconditionFailure("label \(entry.label) is not among \(rows)")
            }
            return row
        }
    }

    /// Creates the training pictures of a task, whose classes are the rows of the head.
    package init(
        of task: Int, in manifest: DatasetManifest, access: any PictureAccess,
        transform: PictureTransform
    ) {
        self.init(
            access: access, entries: manifest.entries(split: .train, task: task),
            rows: manifest.tasks[task], transform: transform)
    }

    /// The number of pictures.
    public var count: Int { entries.count }

    /// Loads an epoch of training. A step is one batch for each replica; what is
    /// left for the last step is dealt out evenly, as a distributed sampler does.
    ///
    /// - Parameters:
    ///   - batchSize: pictures in a replica's batch.
    ///   - replicas: batches in a step.
    ///   - stream: named by seed, purpose, task and epoch; gives the order, and its own stream to
    ///     each picture, so that neither threads nor the first step change a picture.
    ///   - isShuffled: whether the order is drawn, or that of the entries.
    ///   - firstStep: steps that were done before, for resuming.
    ///   - threads: threads that the unit may keep busy.
    public func loader(
        batchSize: Int, replicas: Int = 1, stream: RandomStream, isShuffled: Bool = true,
        firstStep: Int = 0, threads: Int
    ) -> PictureLoader {
        precondition(batchSize > 0 && replicas > 0, "batch of \(batchSize) × \(replicas)")
        var orderStream = stream.split("order")
        let order = isShuffled ? orderStream.permutation(count) : Array(0..<count)
        let steps = Self.chunks(order, of: batchSize * replicas).map { step in
            step.count == batchSize * replicas
                ? Self.chunks(step, of: batchSize) : Self.evenParts(step, count: replicas)
        }
        return PictureLoader(
            self, steps: Array(steps.dropFirst(firstStep)), stream: stream, threads: threads)
    }

    /// Loads all pictures in their order.
    public func sequentialLoader(batchSize: Int, threads: Int) -> PictureLoader {
        precondition(batchSize > 0, "batch of \(batchSize)")
        return loader(batches: Self.chunks(Array(0..<count), of: batchSize), threads: threads)
    }

    /// Loads given batches, each of them the indices of its pictures.
    package func loader(batches: [[Int]], threads: Int) -> PictureLoader {
        PictureLoader(
            self, steps: batches.map { [$0] },
            stream: RandomStream(seed: 0, name: "sequential"), threads: threads)
    }

    private static func chunks(_ indices: [Int], of size: Int) -> [[Int]] {
        stride(from: 0, to: indices.count, by: size).map {
            Array(indices[$0..<min($0 + size, indices.count)])
        }
    }

    private static func evenParts(_ indices: [Int], count: Int) -> [[Int]] {
        let parts = min(count, indices.count)
        return (0..<parts).map {
            Array(indices[$0 * indices.count / parts..<($0 + 1) * indices.count / parts])
        }
    }
}

/// One replica's pictures of a step.
public struct LoadedBatch: Sendable {
    /// `[count, channels, size, size]`.
    public let images: Tensor
    /// The row of the head for each picture.
    public let labels: [Int]
    /// The names, for messages.
    public let names: [String]

    /// The batch as the trainer takes it.
    public var batch: Trainer.Batch { Trainer.Batch(images: images, labels: labels) }
}
