import Engine

extension ViTConfiguration {
    /// A model of the quickstart's size.
    static let benchTiny: ViTConfiguration = {
        do {
            return try ViTConfiguration(
                imageSize: 32, patchSize: 4, width: 96, depth: 6, heads: 6, mlpWidth: 384)
        } catch {
            preconditionFailure("\(error)")
        }
    }()
}

extension Bench {
    /// The step that the others are compared with.
    static let loraStep = "lora-step-blocks-0-4"

    /// Feature extraction and training steps on random weights and pictures, made one at a time so
    /// that no two trainers' activations are in memory together.
    func subjects() -> [(name: String, make: () -> Subject)] {
        let stream = RandomStream(seed: 1, name: "engine-bench")
        let model = CPUDevice(threads: options.threads)
            .load(ViTWeights.initial(configuration, stream: stream))
        let images = images(stream)
        let features = {
            Subject(
                operations: Double(options.batch) * NecessaryOperations(configuration).forward,
                run: { _ = model.features(of: images, pet: nil) })
        }
        func step(_ method: any PETMethod) -> () -> Subject {
            { training(model, method, .petAndHead, images) }
        }
        let all = Array(0..<configuration.depth)
        let first = Array(all.prefix(5))
        let full = { training(model, nil, .everything, images) }
        return [
            ("features", features), (Self.loraStep, step(LoRA(rank: 5, blocks: first))),
            ("adapter-step-blocks-0-4", step(Adapter(bottleneck: 5, blocks: first))),
            ("prompt-step-blocks-0-4", step(PrefixPrompt(length: 20, blocks: first))),
            ("lora-step-all-blocks", step(LoRA(rank: 5, blocks: all))),
        ] + (options.isTiny ? [("full-step", full)] : [])
    }

    private func images(_ stream: RandomStream) -> Tensor {
        var random = stream.split("images")
        let shape = [
            options.batch, configuration.channels, configuration.imageSize,
            configuration.imageSize,
        ]
        return Tensor(
            shape: shape,
            (0..<options.batch * configuration.pictureLength).map { _ in random.uniform() })
    }

    private func training(
        _ model: any DeviceBackbone, _ method: (any PETMethod)?, _ scope: Trainer.Scope,
        _ images: Tensor
    ) -> Subject {
        let classes = 20
        let stream = RandomStream(seed: 2, name: "engine-bench")
        let trainer = model.training(
            TrainingSetup(
                pet: method.map { PET(initial: $0, for: configuration, stream: stream) },
                head: LinearHead(classes: classes, width: configuration.width, stream: stream),
                scope: scope, optimizer: .adam, clipNorm: 2))
        let batch = Trainer.Batch(
            images: images, labels: (0..<options.batch).map { $0 % classes })
        let operations = NecessaryOperations(configuration, pet: method, scope: scope).step
        return Subject(
            operations: Double(options.batch) * operations,
            run: {
                do {
                    _ = try trainer.step([batch], rates: .init(pet: 1e-4, head: 1e-4, backbone: 0))
                } catch {
                    preconditionFailure("\(error)")
                }
            })
    }
}
