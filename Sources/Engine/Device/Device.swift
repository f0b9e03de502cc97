/// What computes: the one seam between what is computed and where.
///
/// A device has memory of its own, where it holds backbones and trainings. Pictures, and the
/// parameters that are trained, go in and features, losses and trained parameters come out, as tensors
/// of the program. How many pictures go into one product, on what threads or streams, and when the work
/// is done is the device's affair: a call returns when its result is there, and a device may work ahead
/// or behind in between. Equal calls in equal order give equal bits on the same device.
public protocol Device: Sendable {
    /// Brings the weights of a backbone into the memory of the device. They stay as they are.
    func load(_ weights: ViTWeights) -> any DeviceBackbone
}

/// A frozen backbone in the memory of a device. Copies share it.
public protocol DeviceBackbone: Sendable {
    /// The sizes.
    var configuration: ViTConfiguration { get }

    /// Computes the class token of each picture after the final norm.
    ///
    /// - Parameters:
    ///   - pictures: `[B, channels, size, size]`.
    ///   - pet: one set of parameters for all pictures, or nil.
    ///   - selection: the entries of a `PromptPool` that each picture reads; nil for other methods.
    ///   - dependence: what the bits of a picture's features may depend on.
    /// - Returns: `[B, width]`.
    func features(
        of pictures: Tensor, pet: PET?, selection: PoolSelection?, dependence: FeatureDependence
    ) -> Tensor

    /// Begins a training that starts from these weights.
    func training(_ setup: TrainingSetup) -> any TrainingSession
}

extension DeviceBackbone {
    /// Computes the class token of each picture after the final norm; the bits may depend on all pictures.
    ///
    /// - Parameter pictures: `[B, channels, size, size]`.
    /// - Returns: `[B, width]`.
    public func features(of pictures: Tensor, pet: PET?) -> Tensor {
        features(of: pictures, pet: pet, selection: nil, dependence: .batch)
    }
}

/// What the bits of a picture's features may depend on besides backbone, PET and device.
public enum FeatureDependence: Hashable, Sendable {
    /// The picture alone: any set of pictures in any order gives it the same bits. Slower.
    case picture
    /// The pictures that are handed in together.
    case batch
}

/// A training on a device: its parameters, and all memory of a step. Not for use by two threads at once.
public protocol TrainingSession: AnyObject {
    /// What is trained besides the head.
    var scope: Trainer.Scope { get }
    /// Steps made so far, those before a restored state included.
    var stepCount: Int { get }
    /// Everything that training changes. Restoring it goes on with the same bits.
    var state: TrainerState { get set }
    /// The PET with its present parameters; nil where there is none.
    var pet: PET? { get }
    /// The head with its present parameters.
    var head: LinearHead { get }
    /// The network between features and head with its present parameters; nil where there is none.
    var mapping: DenseNetwork? { get }
    /// The backbone's present weights.
    var backboneWeights: ViTWeights { get }

    /// Makes one step on the mean of the replicas' losses.
    ///
    /// - Parameters:
    ///   - replicas: batches whose gradients are averaged; each has its own mean and its own contrastive
    ///     term, as if each were on its own machine.
    ///   - rates: the learning rates.
    /// - Returns: the losses before the update.
    /// - Throws: `NonFiniteLoss`; the state is then unchanged.
    func step(
        _ replicas: [Trainer.Batch], rates: Trainer.Rates
    ) throws(NonFiniteLoss) -> Trainer.StepReport
}
