import Data
import Engine
import Foundation
import Pipeline
import TestSupport
import Testing

/// Weights, initial values and artifacts with numbers that are not finite end whatever reads them.
@Suite struct NonFiniteInputTests {
    private let folder: TemporaryFolder
    private let configuration: ViTConfiguration
    private let weights: ViTWeights

    init() throws {
        folder = try TemporaryFolder()
        configuration = try ViTConfiguration(
            imageSize: 6, patchSize: 2, width: 4, depth: 1, heads: 2, mlpWidth: 8)
        weights = ViTWeights.initial(configuration, stream: RandomStream(seed: 1, name: "test"))
    }

    private static let name = "blocks.0.attn.qkv.weight"

    /// What is said of a file in which some weights are replaced.
    private func message(
        _ values: [Int: Float], as type: ElementType = .float32
    ) throws -> String? {
        var parameters = weights.parameters
        for (index, value) in values { parameters[Self.name]?.values[index] = value }
        let bytes = try SafetensorsFile.encoded(parameters, as: type, metadata: [:])
        return message(try folder.write(bytes, to: "weights.safetensors"))
    }

    private func message(_ path: String) -> String? {
        let error = #expect(throws: UnreadableInput.self) {
            try PretrainedWeights(path: path, configuration: configuration)
        }
        return error.map { "\($0)".replacing(path, with: "FILE") }
    }

    private static let diverged = """

          hint: the training that wrote the file diverged, or the file is damaged; an earlier \
        checkpoint may be sound
        """

    @Test(arguments: [Float.nan, .infinity, -.infinity])
    func theArrayAndTheCountAreNamed(value: Float) throws {
        #expect(
            try message([17: value, 20: value, 31: value])
                == "FILE: holds 3 values that are not finite, the first at index 17, in "
                + "'\(Self.name)'" + Self.diverged)
        #expect(
            try message([0: value])
                == "FILE: holds 1 value that is not finite, at index 0, in '\(Self.name)'"
                + Self.diverged)
    }

    @Test(arguments: [ElementType.bfloat16, .float64])
    func otherPrecisionsAreNamedAlike(type: ElementType) throws {
        #expect(
            try message([5: .nan, 6: .infinity], as: type)
                == "FILE: holds 2 values that are not finite, the first at index 5, in "
                + "'\(Self.name)'" + Self.diverged)
    }

    /// 70,000 is infinite in float16: the file was written so.
    @Test func halfPrecisionThatOverflowedIsExplained() throws {
        #expect(
            try message([5: 70_000], as: .float16)
                == """
                FILE: holds 1 value that is not finite, at index 5, in '\(Self.name)'
                  hint: float16 ends at 65504, and what is larger becomes infinite when it is saved; \
                save the weights as float32
                """)
    }

    /// Finite in the file, and beyond float32.
    @Test func doublesBeyondSinglePrecisionAreNamed() throws {
        var bytes = try SafetensorsFile.encoded(weights.parameters, as: .float64, metadata: [:])
        let file = try SafetensorsFile(BinaryFile(folder.write(bytes, to: "plain.safetensors")))
        let array = try file.array(Self.name)
        let start = try #require(bytes.firstRange(of: Array(array.bytes)))
        for index in [3, 4] {
            withUnsafeBytes(of: (index == 3 ? 1e300 : -1e39).bitPattern.littleEndian) {
                bytes.replaceSubrange(
                    start.lowerBound + 8 * index..<start.lowerBound + 8 * index + 8, with: $0)
            }
        }
        #expect(
            message(try folder.write(bytes, to: "weights.safetensors"))
                == """
                FILE: holds 2 values beyond the range of float32, the first at index 3, in '\(Self.name)'
                  hint: weights are computed with in float32, which ends at 3.4e38
                """)
    }

    /// What the model has no place for is left out, whatever is in it.
    @Test func theHeadThatIsLeftOutIsNotLookedAt() throws {
        var parameters = weights.parameters
        parameters["head.weight"] = Tensor(shape: [1, 4], [.nan, 0, 0, 0])
        parameters["head.bias"] = Tensor(zeros: [1])
        let bytes = try SafetensorsFile.encoded(parameters, as: .float32, metadata: [:])
        let path = try folder.write(bytes, to: "weights.safetensors")
        #expect(try PretrainedWeights(path: path, configuration: configuration).weights == weights)
    }

    // MARK: Units

    private static let stages = """
          model:
            uses: train-shared-pet
            needs: {backbone: backbone, data: data}
            with: {seed: 1, pet: {lora: {rank: 2, blocks: [1]}}, \(TinyLab.training)}
          statistics: {uses: class-statistics, needs: {model: model}, with: {multi-centroid: {centroids: 2}}}
          head: {uses: recover-classifier, needs: {model: model, statistics: statistics}, with: {epochs: 1}}
          scores: {uses: evaluate, needs: {model: model, head: head}}
          ncm: {uses: nearest-class-mean, needs: {model: model}}

        """

    /// Runs a unit again with one number of an input replaced, as an artifact of an older store may have it.
    private func failure(
        of unit: String, _ role: String, _ path: String, in lab: TinyLab
    ) throws -> String {
        let node = try #require(lab.file.graph.unit(named: unit))
        var inputs: [String: Artifact] = [:]
        for (role, id) in node.definition.inputs {
            inputs[role] = try lab[lab.file.graph[id].name]
        }
        let array = try #require(
            inputs[role]?.arrays[path], "\(inputs[role]?.arrays.keys.sorted() ?? [])")
        switch array.elements {
        case .float32(var values):
            values[1] = .nan
            inputs[role]?.arrays[path] = TypedArray(shape: array.shape, .float32(values))
        case .float64(var values):
            values[1] = .infinity
            inputs[role]?.arrays[path] = TypedArray(shape: array.shape, .float64(values))
        default: Issue.record("\(path) holds no numbers")
        }
        let context = UnitContext(
            threads: 1, inputs: inputs, digests: inputs.mapValues(\.digest.hex))
        let error = #expect(throws: (any Error).self) { try node.definition.run(context) }
        return error.map { "\($0)" } ?? ""
    }

    @Test func anOldArtifactIsNoticedByWhateverReadsIt() throws {
        let lab = try TinyLab(Self.stages)
        #expect(lab.warnings.isEmpty)
        let cases = [
            ("model/train[1]", "backbone", "backbone/blocks.1.mlp.fc1.weight"),
            ("model/train[2]", "start", "pet/lora_layer.k_lora_A"),
            ("model/train[1]", "initial", "head/weight"),
            ("statistics/features[1]", "pet", "pet/lora_layer.v_lora_B"),
            ("statistics/statistics[1]", "features", "features"),
            ("head/recover[2]", "statistics[0]", "class/0/centers"),
            ("head/recover[2]", "statistics[1]", "class/5/variances"),
            ("head/recover[2]", "rows", "rows/bias"),
            ("scores/evaluate[2]", "head", "before/weight"),
            ("ncm/evaluate[2]", "features[0]", "features"),
        ]
        for (unit, role, path) in cases {
            #expect(
                try failure(of: unit, role, path, in: lab)
                    == """
                    the array '\(path)' of an input holds 1 value that is not finite, at index 1
                      hint: '--force STAGE' of the stage that made it says where they come from
                    """)
        }
    }

    /// Finite weights, finite pixels, and features that are not.
    @Test func featuresThatOverflowNameTheirPicture() throws {
        let lab = try TinyLab(Self.stages)
        let node = try #require(lab.file.graph.unit(named: "statistics/features[1]"))
        var inputs: [String: Artifact] = [:]
        for (role, id) in node.definition.inputs {
            inputs[role] = try lab[lab.file.graph[id].name]
        }
        // A norm's output is of the size of one, so that this times it is beyond all numbers.
        let path = "backbone/norm.weight"
        inputs["backbone"]?.arrays[path] = TypedArray(
            shape: [16], .float32([Float](repeating: 3e38, count: 16)))
        let context = UnitContext(
            threads: 1, inputs: inputs, digests: inputs.mapValues(\.digest.hex))
        let error = #expect(throws: (any Error).self) { try node.definition.run(context) }
        let text = error.map { "\($0)" } ?? ""
        #expect(
            text.firstMatch(
                of:
                    #/^the features of the picture '[^']+' hold \d+ values that are not finite, the first at index \d+, and so do those of \d+ more pictures\n  hint: /#
            ) != nil, "\(text)")
    }

    @Test(arguments: ["head.bias", "head.weight"])
    func initialValuesAreChecked(name: String) throws {
        var head = ParameterSet([
            ("head.weight", Tensor(zeros: [20, 16])), ("head.bias", Tensor(zeros: [20])),
        ])
        head[name]?.values[7] = .infinity
        let bytes = try SafetensorsFile.encoded(head, as: .float32, metadata: [:])
        let path = try folder.write(bytes, to: "initial.safetensors")
        let error = #expect(throws: UnreadableInput.self) {
            try TinyLab(
                """
                  model:
                    uses: train-shared-pet
                    needs: {backbone: backbone, data: data}
                    with: {seed: 1, pet: none, initial: \(path), \(TinyLab.training)}

                """)
        }
        #expect(
            error?.description
                == "\(path): holds 1 value that is not finite, at index 7, in '\(name)'"
                + Self.diverged)
    }
}
