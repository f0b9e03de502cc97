import Pipeline
import Testing

@Suite struct DigestTests {
    @Test func theDigestOfABCIsTheOneOfTheStandard() {
        // FIPS 180-4, example for one block.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(Digest(of: "abc").hex == expected)
        #expect(Digest(hex: expected) == Digest(of: "abc"))
        #expect(Digest(hex: String(expected.dropLast())) == nil)
        #expect(Digest(hex: expected.uppercased()) == nil)
    }

    @Test func anArtifactsDigestIsThatOfTheDocumentedBytes() {
        let artifact = Artifact(
            attributes: ["faa": .real(71.25), "classes": .array([.string("a"), .integer(2)])],
            arrays: [
                "b/x": TypedArray(shape: [1, 2], .float32([1, -2])),
                "a.names": TypedArray(shape: [2], .text(["", "ä"])),
            ])
        var bytes: [UInt8] = []
        bytes += Array("[\"array\",\"a.names\",\"text\",[2]]\n".utf8)
        bytes += [0, 0, 0, 0, 0, 0, 0, 0] + [2, 0, 0, 0, 0, 0, 0, 0, 0xC3, 0xA4]
        bytes += Array("[\"array\",\"b/x\",\"float32\",[1,2]]\n".utf8)
        bytes += [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
        bytes += Array("[\"attributes\",{\"classes\":[\"a\",2],\"faa\":71.25}]\n".utf8)
        #expect(artifact.digest == Digest(of: bytes))
    }

    @Test func everyPartOfAnArtifactEntersItsDigest() {
        let values = TypedArray(shape: [2], .int64([1, 2]))
        let base = Artifact(attributes: ["a": .integer(1)], arrays: ["x": values])
        var others: [Artifact] = []
        others.append(Artifact(attributes: ["a": .real(1)], arrays: ["x": values]))
        others.append(Artifact(attributes: ["b": .integer(1)], arrays: ["x": values]))
        others.append(Artifact(attributes: ["a": .integer(1)], arrays: ["y": values]))
        for array in [
            TypedArray(shape: [2], .int64([1, 3])), TypedArray(shape: [1, 2], .int64([1, 2])),
            TypedArray(shape: [2], .float64([1, 2])),
        ] { others.append(Artifact(attributes: ["a": .integer(1)], arrays: ["x": array])) }
        #expect(Set(others.map(\.digest) + [base.digest]).count == others.count + 1)
    }

    @Test func aKeyDocumentReadsBackAndNamesItsDifferences() throws {
        let digest = Digest(of: "x")
        let old = KeyDocument(
            kind: "toy", version: 1,
            parameters: .object(["lr": .real(0.005), "blocks": .array([.integer(0)])]),
            seed: 42, inputs: ["model": digest], sources: [:])
        #expect(KeyDocument(try Value(json: old.value.canonicalJSON)) == old)
        let new = KeyDocument(
            kind: "toy", version: 2,
            parameters: .object([
                "lr": .real(0.01), "blocks": .array([.integer(0), .integer(1)]),
                "clip": .integer(2),
            ]), seed: nil, inputs: ["model": Digest(of: "y")], sources: [:])
        #expect(
            DocumentDifference.between(old, new).map(\.description) == [
                "inputs.model: \"\(digest)\" -> \"\(Digest(of: "y"))\"",
                "parameters.blocks: [0] -> [0,1]", "parameters.clip: absent -> 2",
                "parameters.lr: 0.005 -> 0.01", "seed: 42 -> absent", "version: 1 -> 2",
            ])
        #expect(DocumentDifference.between(old, old).isEmpty)
    }
}
