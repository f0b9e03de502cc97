import Data
import Engine
import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

@Suite struct NamedWeightsTests {
    @Test func theNamesOfTheReferenceAreThere() {
        let expected = [
            "sup21k-orig", "sup21k-ft1k-augreg", "sup21k-augreg", "ibot21k", "ibot1k", "dino1k",
            "mocov3-1k", "deit", "mae", "sup-weak", "quickstart-vit",
        ]
        #expect(NamedWeights.all.map(\.name) == expected)
        #expect(Catalog.registry.checkpoints.map(\.name) == expected)
    }

    @Test(arguments: NamedWeights.all.map(\.name))
    func everyEntryIsWhole(name: String) throws {
        let weights = try #require(NamedWeights.named(name))
        let files = NamedWeights.all.filter { $0.fileName == weights.fileName }
        #expect(files.count == 1, "another file is called '\(weights.fileName)'")
        if let address = weights.address { #expect(address.hasPrefix("https://")) }
        #expect(!weights.about.isEmpty && !weights.source.isEmpty && !weights.licence.isEmpty)
        if let digits = weights.digest.text {
            #expect(digits.count >= 8 && digits.count <= 64)
            #expect(digits.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        }
        #expect(weights.configuration.channels == weights.encoding.channels)
        for line in [weights.about, weights.path, weights.licence] {
            #expect(weights.summary.contains(line))
        }
    }

    @Test func theBundledFileHasItsDigestAndFits() throws {
        let weights = try #require(NamedWeights.named("quickstart-vit"))
        let path = SharedData.packageRoot.appending(path: weights.path).path
        let bytes = try BinaryFile.contents(of: path)
        #expect(weights.digest == .sha256(Digest(of: bytes).hex))
        let read = try PretrainedWeights(path: path, configuration: weights.configuration)
        #expect(read.log.isEmpty)
    }

    /// Widths and heads of Reference 3.3.
    @Test func theSmallModelIsThatOfTheWeakWeights() throws {
        let model = try #require(NamedWeights.named("sup-weak")).configuration
        #expect((model.width, model.heads, model.depth, model.mlpWidth) == (384, 6, 12, 1536))
        #expect((model.imageSize, model.patchSize) == (224, 16))
    }
}
