import Data
import Engine
import Foundation
import Pipeline
import Stages
import Synchronization
import TestSupport
import Testing

/// The runs that PyTorch made in double precision, made again from a pipeline file, picture files, a
/// checkpoint and initial values in a file: no augmentation, pictures in order.
@Suite struct PipelineReplayTests {
    @Test(arguments: ["shared", "hide"], ["lora", "adapter", "prompt"])
    func lossesOfAPipelineFollowThoseOfDoublePrecision(mode: String, kind: String) async throws {
        let replay = try Replay.recorded()
        let run = try #require(replay.cases.first { $0.mode == mode && $0.pet == kind })
        let folder = try ReplayFolder(replay, run)
        let losses = try await folder.losses()
        let excesses = run.excesses(of: losses)
        #expect(excesses.isEmpty, "\(excesses.joined(separator: "\n"))")
    }
}

/// A folder with everything that a recorded run needs.
private struct ReplayFolder {
    private let folder: TemporaryFolder
    private let replay: Replay
    private let run: Replay.Case

    init(_ replay: Replay, _ run: Replay.Case) throws {
        folder = try TemporaryFolder()
        self.replay = replay
        self.run = run
        try writePictures()
        try write(SafetensorsFile.encoded(replay.backbone.parameters), to: "backbone.safetensors")
        let pet = try replay.initial(method).parameters
        let head = replay.head.parameters
        let initial = ParameterSet(
            zip(pet.names + head.names, pet.tensors + head.tensors).map { ($0, $1) })
        try write(SafetensorsFile.encoded(initial), to: "initial.safetensors")
        try write(Array(text.utf8), to: "replay.yaml")
    }

    private func write(_ bytes: [UInt8], to name: String) throws {
        try folder.write(bytes, to: name)
    }

    /// Training pictures in the order of the run; the test pictures are there because the layout asks
    /// for them.
    private func writePictures() throws {
        let size = replay.model.image
        for label in 0..<replay.data.tasks * replay.data.classes {
            for index in 0..<replay.data.pictures {
                let planes = replay.bytes(label: label, index: index)
                let rows = (0..<size).map { y in
                    (0..<3 * size).map { planes[($0 % 3 * size + y) * size + $0 / 3] }
                }
                let picture = PNGBuilder.file(
                    width: size, height: size, depth: 8, colorType: 2, rows: rows)
                try write(picture, to: "pictures/train/class-\(label)/\(index).png")
                if index == 0 { try write(picture, to: "pictures/test/class-\(label)/0.png") }
            }
        }
    }

    private var method: any PETMethod {
        get throws { try #require(replay.pet.method(named: run.pet)) }
    }

    private var petText: String {
        let sizes = replay.pet
        let size =
            ["lora": "rank: \(sizes.rank)", "adapter": "bottleneck: \(sizes.bottleneck)"][run.pet]
            ?? "length: \(sizes.length)"
        return "{\(run.pet): {\(size), blocks: \(sizes.blocks)}}"
    }

    /// What the two modes do not share.
    private var modeText: String {
        let training = replay.training
        if run.mode == "shared" {
            return "strategy: {first-session-slow: {slow-factor: \(training.slow)}}"
        }
        return """
            contrastive: {weight: \(training.contrastive), memory: {variance: }, for-prompts: true}, \
            merge: \(training.merge), statistics: after-merge, first-task-pet-factor: 1, \
            schedule: {cosine: {warm-up: \(training.warmUp)}}
            """
    }

    private var text: String {
        let (model, training) = (replay.model, replay.training)
        return """
            pipeline: replay
            stages:
              backbone:
                uses: checkpoint
                with:
                  path: "${here}/backbone.safetensors"
                  model:
                    vit:
                      {image-size: \(model.image), patch-size: \(model.patch), width: \(model.width),
                       depth: \(model.depth), heads: \(model.heads), mlp-width: \(model.mlp)}
              data:
                uses: dataset
                with:
                  {name: image-folder, root: "${here}/pictures", tasks: \(replay.data.tasks),
                   augment: none, evaluation: whole, normalize: unit}
              model:
                uses: train-\(run.mode)-pet
                needs: {backbone: backbone, data: data}
                with:
                  {seed: 1, initial: "${here}/initial.safetensors", pet: \(petText),
                   epochs: \(training.epochs), order-of-pictures: sequential,
                   batch: {size: \(training.size), replicas: \(training.replicas)},
                   optimizer: {adam: {lr: \(training.rates[run.mode] ?? 0)}},
                   clip-norm: \(training.clip[run.mode] ?? 0), \(modeText)}

            """
    }

    /// Runs the pipeline, and returns the losses of all steps, task by task.
    func losses() async throws -> [[Double]] {
        let file = try PipelineFile.read(
            folder.url.appending(path: "replay.yaml").path, registry: Catalog.registry)
        let steps = Mutex<[String: [Double]]>([:])
        let summary = await Runner().run(file.graph, in: InMemoryArtifactStore()) { event in
            guard case .unitProgress(let step) = event, let loss = step.loss else { return }
            steps.withLock { $0[step.unit, default: []].append(loss) }
        }
        #expect(summary.exitCode == 0, "\(summary)")
        return steps.withLock { steps in
            (1...replay.data.tasks).map { steps["model/train[\($0)]"] ?? [] }
        }
    }
}
