import Data
import Engine
import Foundation

/// Photographs of a folder, read and decoded each time.
private struct FolderAccess: PictureAccess {
    let folder: URL

    func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        let path = folder.appending(path: entry.path).path
        return try Picture.decode(try BinaryFile.contents(of: path), name: path)
    }
}

/// LoRA steps of ViT-B/16 whose pictures are decoded and augmented in the background, against the
/// same steps on tensors that are there.
struct LoadingBench {
    /// Steps of one block of measurement.
    private static let blockSteps = 3

    let threads: Int
    let batch: Int
    let repetitions: Int
    let configuration: ViTConfiguration

    func run() throws {
        let folder = try ScratchFolder()
        let count = batch * 2
        for index in 0..<count {
            try folder.write(
                JPEGEncoder.photograph(width: 500, height: 375, index: index), to: "\(index).jpg")
        }
        let trainer = makeTrainer()
        let preloaded = try loader(folder, count: batch, steps: 1).next()?.map(\.batch) ?? []
        try step(trainer, preloaded)
        var loaded: [Duration] = []
        var bare: [Duration] = []
        for _ in 0..<repetitions {
            loaded.append(try loadedBlock(trainer, folder, count: count))
            bare.append(
                try Duration { for _ in 0..<Self.blockSteps { try step(trainer, preloaded) } })
        }
        let steps = Double(Self.blockSteps)
        let ratios = zip(loaded, bare).map { $0.wall / $1.wall }
        report(
            "lora-step-with-loading",
            [
                ("secondsWithLoading", median(loaded.map { $0.wall / steps })),
                ("secondsPreloaded", median(bare.map { $0.wall / steps })),
                ("ratio", median(ratios)), ("lowest", ratios.min() ?? 0),
                ("highest", ratios.max() ?? 0),
                (
                    "processorTimeRatio",
                    median(zip(loaded, bare).map { $0.processor / $1.processor })
                ),
            ])
    }

    /// Steps in the middle of an epoch: the loader is ahead when the clock starts, and has enough
    /// left to load all the while.
    private func loadedBlock(
        _ trainer: any TrainingSession, _ folder: ScratchFolder, count: Int
    ) throws -> Duration {
        let loader = loader(folder, count: count, steps: Self.blockSteps + 4)
        try step(trainer, loader.next()?.map(\.batch) ?? [])
        return try Duration {
            for _ in 0..<Self.blockSteps { try step(trainer, loader.next()?.map(\.batch) ?? []) }
        }
    }

    private func loader(_ folder: ScratchFolder, count: Int, steps: Int) -> PictureLoader {
        let entries = (0..<steps * batch).map { index in
            DatasetManifest.Entry(
                path: "\(index % count).jpg", label: index % 20, split: .train, byteCount: 0,
                sha256: "")
        }
        return LabelledPictures(
            access: FolderAccess(folder: folder.url), entries: entries,
            transform: .train(TrainTransform(size: configuration.imageSize))
        ).loader(
            batchSize: batch, stream: RandomStream(seed: 1, name: "bench"), threads: threads)
    }

    private func step(_ trainer: any TrainingSession, _ batches: [Trainer.Batch]) throws {
        _ = try trainer.step(batches, rates: .init(pet: 1e-4, head: 1e-4, backbone: 0))
    }

    private func makeTrainer() -> any TrainingSession {
        let stream = RandomStream(seed: 2, name: "bench")
        let method = LoRA(rank: 5, blocks: Array(0..<min(5, configuration.depth)))
        return CPUDevice(threads: threads)
            .load(ViTWeights.initial(configuration, stream: stream))
            .training(
                TrainingSetup(
                    pet: PET(initial: method, for: configuration, stream: stream),
                    head: LinearHead(classes: 20, width: configuration.width, stream: stream),
                    scope: .petAndHead, optimizer: .adam, clipNorm: 2))
    }
}
