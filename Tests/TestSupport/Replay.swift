package import Engine
import Foundation

/// The training runs that `Scripts/fixtures/replay.py` made with PyTorch in double and in single
/// precision, and what they started from.
package struct Replay: Decodable, Sendable {
    package struct Model: Decodable, Sendable {
        package let image, patch, width, depth, heads, mlp: Int
    }
    package struct PETSizes: Decodable, Sendable {
        package let rank, bottleneck, length: Int
        package let blocks: [Int]

        /// The method of a run; nil for an unknown one.
        package func method(named name: String) -> (any PETMethod)? {
            switch name {
            case "lora": LoRA(rank: rank, blocks: blocks)
            case "adapter": Adapter(bottleneck: bottleneck, blocks: blocks)
            case "prompt": PrefixPrompt(length: length, blocks: blocks)
            default: nil
            }
        }
    }
    package struct DataSizes: Decodable, Sendable {
        package let tasks, classes, pictures: Int
    }
    package struct Training: Decodable, Sendable {
        package let size, replicas, epochs: Int
        package var merge, contrastive, slow: Double
        /// By mode.
        package var rates, clip: [String: Double]
        package var warmUp: Int

        private enum CodingKeys: String, CodingKey {
            case size, replicas, epochs, merge, contrastive, slow, rates, clip
            case warmUp = "warm-up"
        }
    }
    /// A run: `shared` or `hide`, with one kind of PET.
    package struct Case: Decodable, Sendable {
        package let mode, pet: String
        /// The losses of each task's steps.
        package let float64, float32: [[Double]]
    }

    package let seed: UInt64
    package let model: Model
    package let pet: PETSizes
    package let data: DataSizes
    package var training: Training
    package let cases: [Case]

    /// The recorded runs.
    package static func recorded() throws -> Replay {
        let file = SharedData.packageRoot.appending(path: "Tests/Fixtures/replay.json")
        return try JSONDecoder().decode(Replay.self, from: Data(contentsOf: file))
    }

    /// The sizes of the backbone.
    package var configuration: ViTConfiguration {
        get throws {
            try ViTConfiguration(
                imageSize: model.image, patchSize: model.patch, width: model.width,
                depth: model.depth, heads: model.heads, mlpWidth: model.mlp)
        }
    }

    private var values: NamedValues { NamedValues(seed: seed) }

    /// The backbone.
    package var backbone: ViTWeights {
        get throws {
            let configuration = try configuration
            return try ViTWeights(
                configuration: configuration,
                parameters: values.parameters(ViTWeights.expectedShapes(configuration)))
        }
    }

    /// Initial parameters of a PET.
    package func initial(_ method: any PETMethod) throws -> PET {
        PET(
            method: method,
            parameters: values.parameters(try method.parameterShapes(for: configuration)))
    }

    /// The initial head of all classes.
    package var head: LinearHead {
        let classes = data.tasks * data.classes
        return LinearHead(
            weight: values.tensor("head.weight", [classes, model.width]),
            bias: values.tensor("head.bias", [classes]))
    }

    /// The bytes of a picture, channel by channel: three fifths of its class, two fifths its own.
    package func bytes(label: Int, index: Int) -> [UInt8] {
        let count = 3 * model.image * model.image
        let shared = values.uniforms("picture.\(label)", count)
        let own = values.uniforms("picture.\(label).\(index)", count)
        return zip(shared, own).map { UInt8(256 * (0.6 * $0 + 0.4 * $1)) }
    }

    /// The pictures and labels of a task, class by class.
    package func batch(task: Int) -> Trainer.Batch {
        let labels = (0..<data.classes * data.pictures).map {
            task * data.classes + $0 / data.pictures
        }
        let values = labels.enumerated().flatMap { index, label in
            bytes(label: label, index: index % data.pictures).map { Float($0) / 255 }
        }
        return Trainer.Batch(
            images: Tensor(shape: [labels.count, 3, model.image, model.image], values),
            labels: labels)
    }

    /// The classes of a task.
    package func classes(task: Int) -> [Int] {
        Array(task * data.classes..<(task + 1) * data.classes)
    }
}

extension Replay.Case {
    /// Where losses deviate from the double run more than `factor` times as much as the single run
    /// does at its worst so far, or 1e-5 where that is more; both relative to the double run.
    package func excesses(of losses: [[Double]], factor: Double = 3) -> [String] {
        guard losses.map(\.count) == float64.map(\.count) else {
            return ["\(losses.map(\.count)) losses, expected \(float64.map(\.count))"]
        }
        var allowed = 1e-5
        var found: [String] = []
        for task in losses.indices {
            for step in losses[task].indices {
                let exact = float64[task][step]
                allowed = max(allowed, factor * abs(float32[task][step] / exact - 1))
                let deviation = abs(losses[task][step] / exact - 1)
                if deviation > allowed || !deviation.isFinite {
                    found.append(
                        "task \(task + 1), step \(step + 1): \(losses[task][step]), expected "
                            + "\(exact): deviates by \(deviation), allowed \(allowed)")
                }
            }
        }
        return found
    }
}
