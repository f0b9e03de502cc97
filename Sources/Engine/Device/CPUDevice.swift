/// The processor: threads of this process, and single-precision products of the linear algebra library.
///
/// Groups of pictures follow from the configuration alone, so results are the same bits for any number
/// of threads.
public struct CPUDevice: Device {
    private let workers: Workers

    /// Starts the threads.
    ///
    /// - Precondition: `threads` is from 1 to `Workers.limit`.
    public init(threads: Int) { workers = Workers(threads: threads) }

    /// Brings the weights of a backbone into the layout that the kernels read.
    public func load(_ weights: ViTWeights) -> any DeviceBackbone {
        CPUBackbone(model: VisionTransformer(weights), workers: workers)
    }
}

/// A backbone in the memory of the process.
private struct CPUBackbone: DeviceBackbone {
    let model: VisionTransformer
    let workers: Workers

    var configuration: ViTConfiguration { model.configuration }

    func features(
        of pictures: Tensor, pet: PET?, selection: PoolSelection?, dependence: FeatureDependence
    ) -> Tensor {
        model.features(
            pictures, pet: pet, selection: selection, grouping: dependence.grouping,
            workers: workers)
    }

    func training(_ setup: TrainingSetup) -> any TrainingSession {
        Trainer(backbone: model, setup, workers: workers)
    }
}

extension FeatureDependence {
    /// On some processors the last bits of a product depend on its number of rows, so a picture that
    /// may depend on no other is alone in its products.
    fileprivate var grouping: PictureGrouping {
        switch self {
        case .picture: .single
        case .batch: .automatic
        }
    }
}

extension Trainer: TrainingSession {}
