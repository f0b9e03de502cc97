import Engine
import Stages
import TestSupport
import Testing

/// The same bits for any number of workers, for every PET of the catalogue: a new one is tested as
/// soon as it has its line there.
@Suite(.serialized) struct CatalogWorkerCountTests {
    private static let names = (Catalog.pets + [Catalog.pool]).map(\.name)

    /// Five blocks, as the examples of the catalogue need, and 17 tokens: groups of 12 pictures.
    private static func configuration() throws -> ViTConfiguration {
        try ViTConfiguration(
            imageSize: 8, patchSize: 2, channels: 1, width: 12, depth: 5, heads: 2, mlpWidth: 16,
            layerNormEpsilon: 1e-5)
    }

    private func random(_ shape: [Int], _ name: String) -> Tensor {
        NamedValues(seed: 3).tensor(name, shape)
    }

    @Test(arguments: names)
    func everyPET(name: String) throws {
        let kind = try #require((Catalog.pets + [Catalog.pool]).first { $0.name == name })
        let configuration = try Self.configuration()
        let model = VisionTransformer(
            try ViTWeights(
                configuration: configuration,
                parameters: NamedValues(seed: 1).parameters(
                    ViTWeights.expectedShapes(configuration))))
        let pet = PET(
            method: kind.example,
            parameters: ParameterSet(
                kind.example.parameterShapes(for: configuration).map {
                    ($0.name, random($0.shape, $0.name))
                }))
        let head = LinearHead(weight: random([4, 12], "head"), bias: Tensor(zeros: [4]))
        // One picture; less than a group; five groups, the last of one picture.
        for pictures in [1, 7, 49] {
            let images = random([pictures, 1, 8, 8], "images")
            try expectSameBits("\(name), \(pictures) pictures") { threads in
                let workers = Workers(threads: threads)
                let queries = model.features(images, pet: nil, workers: workers)
                let pool = kind.example as? PromptPool
                let matching = pool.map { _ in PoolMatching(rule: .instance, pull: 0.5) }
                let trainer = Trainer(
                    backbone: model, pet: pet, head: head, scope: .petAndHead, optimizer: .adam,
                    clipNorm: 1, matching: matching, workers: workers)
                let batch = Trainer.Batch(
                    images: images, labels: (0..<pictures).map { $0 % 4 },
                    queries: pool.map { _ in queries })
                let gradients = trainer.gradientsWithoutUpdate([batch, batch]).gradients
                _ = try trainer.step(
                    [batch], rates: Trainer.Rates(pet: 1e-2, head: 1e-2, backbone: nil))
                return [queries] + gradients.tensors + trainer.state.parameters.tensors
                    + (pool == nil
                        ? [model.features(images, pet: pet, workers: workers)] : [])
            }
        }
    }
}
