/// The one training loop: gradients of replica batches, clipping, an optimiser step.
///
/// It owns the trainable parameters, their optimiser and all memory of a step, which is planned for
/// the largest batch seen and used again. Not for use by two threads at once.
public final class Trainer {
    /// What is trained besides the head.
    public enum Scope: Hashable, Sendable {
        /// Nothing.
        case headOnly
        /// The parameters of the PET.
        case petAndHead
        /// All backbone weights, and the parameters of the PET where there is one.
        case everything
    }

    /// Pictures and their classes, seen by one replica.
    public struct Batch: Sendable {
        /// `[B, channels, size, size]`.
        public var images: Tensor
        /// A class for each picture.
        public var labels: [Int]
        /// `[B, width]`: what pictures are matched to the keys of a `PromptPool` by; nil otherwise.
        public var queries: Tensor?

        /// Creates a batch.
        public init(images: Tensor, labels: [Int], queries: Tensor? = nil) {
            self.images = images
            self.labels = labels
            self.queries = queries
        }
    }

    /// The learning rates of a step. Nil: no gradient now, hence no update and no share in the norm.
    public struct Rates: Hashable, Sendable {
        /// Of the PET's parameters.
        public var pet: Float?
        /// Of the head.
        public var head: Float
        /// Of the backbone weights, where they are trained.
        public var backbone: Float?

        /// Creates rates.
        public init(pet: Float?, head: Float, backbone: Float?) {
            self.pet = pet
            self.head = head
            self.backbone = backbone
        }
    }

    /// The losses of a step before its update, averaged over replicas.
    public struct StepReport: Hashable, Sendable {
        /// The sum of the three below.
        public let loss: Double
        /// Masked cross-entropy.
        public let crossEntropy: Double
        /// The weighted contrastive term; 0 without one.
        public let contrastive: Double
        /// The term that pulls the keys of a prompt pool to queries; 0 without one, else negative.
        public let keyPull: Double
        /// The norm of all gradients before clipping.
        public let gradientNorm: Float
    }

    /// The sizes of the backbone.
    public let configuration: ViTConfiguration
    /// What is trained.
    public let scope: Scope

    let method: (any PETMethod)?
    let clipNorm: Float?
    let contrastive: ContrastiveTerm?
    let matching: PoolMatching?
    let allowedClasses: [Int]?
    let workers: Workers
    let model: TrainableModel
    var memory: StepMemory
    /// All trainable tensors: backbone, PET, head.
    private(set) var parameters: ParameterSet
    var gradients: ParameterSet
    private var optimizer: Optimizer
    /// Called with the gradient of each block's output, group by group, while set; one thread only.
    var observeGradient: ((Int, Tensor) -> Void)?

    /// Creates a trainer with fresh optimiser state.
    ///
    /// - Parameters:
    ///   - backbone: the weights to start from; trained only in scope `everything`, on a copy.
    ///   - pet: the parameters to start from; frozen in scope `headOnly`.
    ///   - head: the head to start from.
    ///   - mapping: a network between features and head, trained with the head; nil for none.
    ///   - clipNorm: the bound of the norm of all gradients; nil for no bound.
    ///   - contrastive: the regulariser of the features; it sees one replica's batch at a time.
    ///   - matching: how a `PromptPool` chooses entries; nil for other methods.
    ///   - allowedClasses: the classes that take part in the loss; nil for all.
    ///   - workers: threads; their number changes no result.
    package init(
        backbone: VisionTransformer, pet: PET?, head: LinearHead, mapping: DenseNetwork? = nil,
        scope: Scope,
        optimizer: OptimizerMethod, clipNorm: Float?, contrastive: ContrastiveTerm? = nil,
        matching: PoolMatching? = nil, allowedClasses: [Int]? = nil, workers: Workers
    ) {
        configuration = backbone.configuration
        self.scope = scope
        method = pet?.method
        self.clipNorm = clipNorm
        self.contrastive = contrastive
        precondition(
            (matching == nil) == !(pet?.method is PromptPool), "a prompt pool needs a matching")
        self.matching = matching
        self.allowedClasses = allowedClasses
        self.workers = workers
        model = TrainableModel(
            backbone: backbone, pet: pet, head: head, mapping: mapping, scope: scope)
        memory = StepMemory(model)
        parameters = model.trainableParameters
        gradients = parameters.zeroed
        self.optimizer = Optimizer(optimizer, like: parameters)
    }

    /// Creates a trainer with fresh optimiser state; `workers` are threads, whose number changes no result.
    package convenience init(
        backbone: VisionTransformer, _ setup: TrainingSetup, workers: Workers
    ) {
        self.init(
            backbone: backbone, pet: setup.pet, head: setup.head, mapping: setup.mapping,
            scope: setup.scope, optimizer: setup.optimizer, clipNorm: setup.clipNorm,
            contrastive: setup.contrastive, matching: setup.matching,
            allowedClasses: setup.allowedClasses, workers: workers)
    }

    /// Steps made so far, those before a restored state included.
    public var stepCount: Int { optimizer.state.stepCount }

    /// Makes one step on the mean of the replicas' losses.
    ///
    /// - Parameter replicas: batches whose gradients are averaged; each has its own mean and its own
    ///   contrastive term, as if each were on its own machine.
    /// - Returns: the losses before the update.
    /// - Throws: `NonFiniteLoss`; parameters and optimiser are then unchanged.
    public func step(_ replicas: [Batch], rates: Rates) throws(NonFiniteLoss) -> StepReport {
        let tensorRates = model.rates(rates)
        let losses = computeGradients(replicas, rates: tensorRates)
        let norm: Float
        if let clipNorm {
            norm = clipGlobalNorm(&gradients, to: clipNorm)
        } else {
            norm = globalNorm(gradients)
        }
        let report = StepReport(
            loss: losses.total, crossEntropy: losses.crossEntropy,
            contrastive: losses.contrastive, keyPull: losses.keyPull, gradientNorm: norm)
        guard report.loss.isFinite, norm.isFinite else {
            throw NonFiniteLoss(step: stepCount + 1, loss: report.loss, gradientNorm: norm)
        }
        optimizer.update(&parameters, gradients: gradients, rates: tensorRates)
        model.load(parameters)
        return report
    }

    /// The PET with its present parameters; nil where there is none.
    public var pet: PET? {
        guard let method, let vector = model.pet else { return nil }
        return PET(method: method, parameters: vector.parameterSet)
    }

    /// The head with its present parameters.
    public var head: LinearHead {
        let set = model.head.parameterSet
        return LinearHead(weight: set.tensors[0], bias: set.tensors[1])
    }

    /// The network between features and head with its present parameters; nil where there is none.
    public var mapping: DenseNetwork? {
        guard var mapping = model.mapping else { return nil }
        mapping.parameters.tensors = Array(model.head.parameterSet.tensors.dropFirst(2))
        return mapping
    }

    /// The backbone's present weights.
    public var backboneWeights: ViTWeights {
        ViTWeights(configuration: configuration, ordered: model.weights.parameterSet)
    }

    /// Everything that training changes. Restoring it goes on with the same bits.
    public var state: TrainerState {
        get { TrainerState(parameters: parameters, optimizer: optimizer.state) }
        set {
            precondition(
                newValue.parameters.names == parameters.names
                    && newValue.parameters.tensors.map(\.shape) == parameters.tensors.map(\.shape),
                "state of \(newValue.parameters.names) for \(parameters.names)")
            parameters = newValue.parameters
            optimizer.state = newValue.optimizer
            model.load(parameters)
        }
    }
}

/// A trainer's parameters and optimiser between two steps.
public struct TrainerState: Sendable, Equatable {
    /// All trainable tensors: backbone weights, the PET's parameters, head.
    public var parameters: ParameterSet
    /// Moments and step count.
    public var optimizer: Optimizer.State

    /// Creates a state, for example from a progress file.
    public init(parameters: ParameterSet, optimizer: Optimizer.State) {
        self.parameters = parameters
        self.optimizer = optimizer
    }
}

/// A step whose loss or gradient is not a finite number. Nothing was updated.
public struct NonFiniteLoss: Error, Hashable, CustomStringConvertible {
    /// The step that failed, from 1.
    public let step: Int
    /// The loss.
    public let loss: Double
    /// The norm of all gradients.
    public let gradientNorm: Float

    public var description: String {
        "step \(step): the loss is \(loss) and the norm of its gradient \(gradientNorm)"
    }
}
