import Foundation
import TestSupport

/// A whole pipeline, pre-training included, that runs in seconds: every stage kind, two seeds.
enum ShortQuickstart {
    static let text = """
        pipeline: short
        variables: {seed: 1, rate: 0.005, epochs: 2}
        stages:
          base-data:
            uses: dataset
            with: {name: embedded, classes: base, train-per-class: 2, test-per-class: 1, tasks: 1}
          backbone:
            uses: pretrain
            needs: {data: base-data}
            with:
              model: {vit: {image-size: 32, patch-size: 16, width: 32, depth: 2, heads: 2}}
              seed: 7
              epochs: "${epochs}"
              batch: {size: 16}
              optimizer: {adam: {lr: 0.01}}
          data:
            uses: dataset
            with: {name: embedded, classes: continual, train-per-class: 8, test-per-class: 2, tasks: 4}
          shared:
            uses: train-shared-pet
            needs: {backbone: backbone, data: data}
            with:
              seed: "${seed}"
              pet: {lora: {rank: 2, blocks: [0, 1]}}
              strategy: {first-session-slow: {slow-factor: 0.1}}
              epochs: "${epochs}"
              batch: {size: 4, replicas: 2}
              optimizer: {adam: {lr: 0.3}}
              schedule: {cosine: {warm-up: 1}}
              clip-norm: 1
          shared-statistics: {uses: class-statistics, needs: {model: shared}, with: {multi-centroid: {centroids: 2}}}
          shared-head: {uses: recover-classifier, needs: {model: shared, statistics: shared-statistics}, with: {epochs: 2, lr: "${rate}"}}
          hide:
            uses: train-hide-pet
            needs: {backbone: backbone, data: data}
            with:
              seed: "${seed}"
              pet: {lora: {rank: 2, blocks: [0, 1]}}
              contrastive: {weight: 0.001, memory: {multi-centroid: {centroids: 2}}}
              merge: 0.1
              epochs: "${epochs}"
              batch: {size: 8}
              optimizer: {adam: {lr: 0.3}}
          hide-statistics: {uses: class-statistics, needs: {model: hide}, with: {covariance: }}
          hide-head: {uses: recover-classifier, needs: {model: hide, statistics: hide-statistics}, with: {epochs: 2, lr: "${rate}"}}
          scores: {uses: evaluate, needs: {model: hide, head: hide-head, task-identity: shared-head}}
        matrix: {seed: [1, 2]}
        tables:
          - {title: Short, rows: {HiDe-LoRA: scores}, columns: [faa, caa, ffm], over: seed}
          - {title: Accuracy, matrix: scores}
        """

    /// The same, in another order and layout, with comments and other stage names.
    static var rewritten: String {
        var text = text.replacingOccurrences(of: "shared-head", with: "balanced")
            .replacingOccurrences(of: "clip-norm: 1", with: "clip-norm: 1.0   # the same number")
            .replacingOccurrences(
                of: "{rank: 2, blocks: [0, 1]}", with: "{blocks: [0, 1], rank: 2}")
        text = text.replacingOccurrences(
            of: "variables: {seed: 1, rate: 0.005, epochs: 2}",
            with: "variables:\n    epochs: 2\n    # a comment\n    rate: 5e-3\n    seed: 1")
        return "# another file\n" + text
    }

    /// Writes the pipeline file into a folder.
    static func write(_ text: String = text, to folder: TemporaryFolder) throws {
        try folder.write(text, to: "short.yaml")
    }

    /// A folder with the pipeline file, and the program in it.
    static func start() throws -> (folder: TemporaryFolder, program: Program) {
        let folder = try TemporaryFolder()
        try write(to: folder)
        return (folder, Program(folder: folder.url))
    }
}
