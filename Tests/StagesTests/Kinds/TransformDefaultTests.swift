import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// Which transforms a dataset gets, as they stand in the key documents of its units.
@Suite struct TransformDefaultTests {
    private func training(_ settings: String) throws -> String {
        let text = """
            pipeline: p
            stages:
              backbone: {uses: checkpoint, with: {model: vit-base-patch16-224, path: w}}
              data: {uses: dataset, with: {root: d, tasks: 1, \(settings)}}
              shared:
                uses: train-shared-pet
                needs: {backbone: backbone, data: data}
                with: {seed: 1, pet: {lora: {rank: 2, blocks: [0]}}, epochs: 1, batch: {size: 4}, optimizer: {adam: {lr: 0.1}}}
            """
        let graph = try PipelineFile.reading(text).graph
        let unit = try #require(graph.unit(named: "shared/train[1]"))
        return unit.definition.parameters.canonicalJSON
    }

    private func parts(_ text: String) -> [String] {
        [
            #""interpolation":"bicubic""#, #""interpolation":"bilinear""#, #""brightness":0.247"#,
            #""brightness":0,"#, #""mean":[0.507"#, #""mean":[0,0,0]"#, #""mean":[0.5,0.5,0.5]"#,
        ].filter(text.contains)
    }

    @Test(arguments: ["cifar10", "cifar100"])
    func picturesOfCIFARAreTransformedAsTheReferenceDoes(name: String) throws {
        #expect(
            try parts(training("name: \(name)")) == [
                #""interpolation":"bicubic""#, #""brightness":0.247"#, #""mean":[0.507"#,
            ])
    }

    @Test func anExplicitSettingWins() throws {
        #expect(
            try parts(training("name: cifar10, normalize: symmetric")) == [
                #""interpolation":"bicubic""#, #""brightness":0.247"#, #""mean":[0.5,0.5,0.5]"#,
            ])
        let cropped = try training(
            "name: cifar10, augment: {crop: {minimum-area: 0.8}}, normalize: unit")
        #expect(
            parts(cropped) == [
                #""interpolation":"bicubic""#, #""brightness":0,"#, #""mean":[0,0,0]"#,
            ])
    }

    @Test func otherDatasetsKeepTheirTransforms() throws {
        #expect(
            try parts(training("name: image-folder")) == [
                #""interpolation":"bilinear""#, #""brightness":0,"#, #""mean":[0,0,0]"#,
            ])
        #expect(
            try parts(training("name: image-folder, normalize: cifar")) == [
                #""interpolation":"bilinear""#, #""brightness":0,"#, #""mean":[0.507"#,
            ])
    }
}
