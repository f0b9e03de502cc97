import Data
import Engine
import Foundation
import Pipeline
import TestSupport
import Testing

@Suite struct PretrainedWeightsTests {
    private let folder: TemporaryFolder
    private let configuration: ViTConfiguration
    private let weights: ViTWeights

    init() throws {
        folder = try TemporaryFolder()
        configuration = try ViTConfiguration(
            imageSize: 6, patchSize: 2, width: 4, depth: 1, heads: 2, mlpWidth: 8)
        weights = ViTWeights.initial(configuration, stream: RandomStream(seed: 1, name: "test"))
    }

    private func write(
        _ parameters: ParameterSet, as type: ElementType = .float32,
        metadata: [String: String] = [:], cutBy lost: Int = 0
    ) throws -> String {
        let bytes = try SafetensorsFile.encoded(parameters, as: type, metadata: metadata)
        return try folder.write(bytes.dropLast(lost), to: "weights.safetensors")
    }

    private func message(_ path: String) throws -> String? {
        let error = #expect(throws: UnreadableInput.self) {
            try PretrainedWeights(path: path, configuration: configuration)
        }
        return error?.description
    }

    @Test func whatIsWrittenIsRead() throws {
        let path = try write(weights.parameters, metadata: ["heads": "2", "about": "a \"test\""])
        let read = try PretrainedWeights(path: path, configuration: configuration)
        #expect(read.weights == weights)
        #expect(read.log.isEmpty)
        let file = try CheckpointFile(path)
        #expect(file.metadata == ["heads": "2", "about": "a \"test\""])
        #expect(try ViTSizes(file).configuration() == configuration)
    }

    @Test(arguments: [(ElementType.float16, Float(1e-3)), (.bfloat16, 8e-3), (.float64, 0)])
    func otherPrecisionsAreConverted(type: ElementType, tolerance: Float) throws {
        let path = try write(weights.parameters, as: type)
        let read = try PretrainedWeights(path: path, configuration: configuration)
        for (got, wanted) in zip(read.weights.parameters.tensors, weights.parameters.tensors) {
            // Below the normal range of float16 the error is absolute.
            let scales = wanted.values.map { max(abs($0), 1e-4) }
            expectClose(
                ComparedNumbers(zip(got.values, scales).map { $0 / $1 }),
                ComparedNumbers(zip(wanted.values, scales).map { $0 / $1 }),
                within: Double(tolerance), "\(type)")
        }
    }

    @Test func theClassifierOfTheFileIsLeftOutAndLogged() throws {
        var parameters = weights.parameters
        for name in ["head.weight", "head.bias", "fc.weight", "pre_logits.fc.bias"] {
            parameters[name] = Tensor(zeros: [3])
        }
        let read = try PretrainedWeights(
            path: try write(parameters), configuration: configuration)
        #expect(read.weights == weights)
        #expect(
            read.log == [
                "left out, classifier: head.weight, head.bias, fc.weight",
                "left out, pre-logits layer: pre_logits.fc.bias",
            ])
    }

    @Test func missingUnknownAndMisshapenNamesAreListedTogether() throws {
        var parameters = weights.parameters
        parameters["norm.bias"] = nil
        parameters["cls_token"] = nil
        parameters["blocks.0.attn.q_norm.weight"] = Tensor(zeros: [2])
        parameters["blocks.0.mlp.fc1.bias"] = Tensor(zeros: [9])
        let path = try write(parameters)
        #expect(
            try message(path) == """
                \(path): does not fit the model; missing: cls_token, norm.bias; \
                unknown: blocks.0.attn.q_norm.weight; \
                of another shape: blocks.0.mlp.fc1.bias is [9], expected [8]
                """)
    }

    @Test func aModelOfOtherSizesIsNamed() throws {
        let other = try ViTConfiguration(
            imageSize: 6, patchSize: 2, width: 4, depth: 2, heads: 2, mlpWidth: 8)
        let stream = RandomStream(seed: 1, name: "test")
        let path = try write(ViTWeights.initial(other, stream: stream).parameters)
        let unknown = other.blockNames(1)
        #expect(
            try message(path) == """
                \(path): does not fit the model; unknown: \(unknown)
                  hint: the file holds a model of patch 2, 3 channels, width 4, depth 2, MLP 8, \
                3 × 3 patches
                """)
    }

    @Test func anotherGridIsResampledAndLogged() throws {
        let larger = try ViTConfiguration(
            imageSize: 10, patchSize: 2, width: 4, depth: 1, heads: 2, mlpWidth: 8)
        let path = try write(weights.parameters)
        let read = try PretrainedWeights(path: path, configuration: larger)
        #expect(read.log == ["position embedding resampled from 3 × 3 to 5 × 5"])
        #expect(read.weights.parameters["pos_embed"]?.shape == [1, 26, 4])
    }

    @Test func aFileCutAtAnyByteIsRefused() throws {
        let whole = try SafetensorsFile.encoded(weights.parameters).count
        for lost in [1, 2, 4, 100, whole - 9, whole - 8, whole - 1, whole] {
            let path = try write(weights.parameters, cutBy: lost)
            #expect(throws: UnreadableInput.self, "\(lost) of \(whole) bytes lost") {
                try PretrainedWeights(path: path, configuration: configuration)
            }
        }
        let path = try write(weights.parameters, cutBy: 1)
        #expect(try message(path) == "\(path): the file ends before its content does")
    }

    @Test func otherFilesAreRefusedByName() throws {
        let absent = folder.path("absent.npz")
        #expect(try message(absent) == "\(absent): does not exist")
        let text = try folder.write(Array("hello, world".utf8), to: "text.npz")
        #expect(
            try message(text)
                == "\(text): not a checkpoint in the format .safetensors, .npz or .pt")
        #expect(
            try message(folder.url.path) == """
                \(folder.url.path): is a folder, not a file
                  hint: a folder is read where it holds 'model.safetensors.index.json', \
                'model.safetensors' or their like
                """)
        let header = Array("{\"a\":{\"dtype\":\"F32\",\"shape\":[9],\"data_offsets\":[0,4]}}".utf8)
        let length = [UInt8(header.count)] + [UInt8](repeating: 0, count: 7)
        let path = try folder.write(length + header + [0, 0, 0, 0], to: "wrong.safetensors")
        #expect(
            try message(path)
                == "\(path): tensor 'a' has a byte range that contradicts its shape")
    }
}

extension ViTConfiguration {
    /// The names of a block's 12 weights, as a list in a message.
    fileprivate func blockNames(_ block: Int) -> String {
        ViTWeights.expectedShapes(self).map(\.name)
            .filter { $0.hasPrefix("blocks.\(block).") }.prefix(5).joined(separator: ", ")
            + " and 7 more (12 in all)"
    }
}
