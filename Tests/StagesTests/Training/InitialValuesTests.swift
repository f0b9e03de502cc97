import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// Initial values from a file.
@Suite struct InitialValuesTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.url.appending(path: "initial.safetensors").path
    }

    /// The shapes of a LoRA of rank 2 on two blocks of width 16, and of a head of twenty classes.
    private static let pet: [(String, [Int])] = [
        ("lora_layer.k_lora_A", [2, 16, 2]), ("lora_layer.k_lora_B", [2, 2, 16]),
        ("lora_layer.v_lora_A", [2, 16, 2]), ("lora_layer.v_lora_B", [2, 2, 16]),
    ]
    private static let head: [(String, [Int])] = [("head.weight", [20, 16]), ("head.bias", [20])]

    private func stage(_ kind: String = "train-shared-pet") -> String {
        """
          model:
            uses: \(kind)
            needs: {backbone: backbone, data: data}
            with: {seed: 1, pet: {lora: {rank: 2, blocks: [0, 1]}}, initial: \(path), \(TinyLab.training)}

        """
    }

    /// Writes tensors whose elements count from a number, 0.001 apart.
    private func write(_ tensors: [(String, [Int])], from first: Float = 1) throws {
        var header: [String] = []
        var data = Data()
        for (name, shape) in tensors {
            let start = data.count
            for index in 0..<shape.reduce(1, *) {
                withUnsafeBytes(of: (first + 0.001 * Float(index)).bitPattern.littleEndian) {
                    data.append(contentsOf: $0)
                }
            }
            header.append(
                "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[\(start),\(data.count)]}"
            )
        }
        let text = Data("{\(header.joined(separator: ","))}".utf8)
        var file = Data()
        withUnsafeBytes(of: UInt64(text.count).littleEndian) { file.append(contentsOf: $0) }
        try (file + text + data).write(to: URL(filePath: path))
    }

    @Test(arguments: ["train-shared-pet", "train-hide-pet"])
    func trainingStartsFromTheFile(kind: String) throws {
        try write(Self.pet + Self.head)
        let lab = try TinyLab(stage(kind))
        let expected = (0..<64).map { 1 + 0.001 * Float($0) }
        #expect(try lab.floats("pet/lora_layer.v_lora_B", of: "model/initial") == expected)
        #expect(
            try lab.floats("head/bias", of: "model/initial")
                == (0..<20).map { 1 + 0.001 * Float($0) })
        #expect(try lab.floats("pet/lora_layer.v_lora_B", of: "model/train[1]") != expected)
    }

    /// A model whose features are not normalised has a norm before its head (Reference 3.3).
    @Test func theNormBeforeTheHeadIsThatOfTheFile() throws {
        let norm = [("fc_norm.weight", [16]), ("fc_norm.bias", [16])]
        try write(Self.pet + Self.head + norm)
        let lab = try TinyLab(
            TinyLab.rawBackbone + stage().replacing("backbone: backbone", with: "backbone: raw"))
        #expect(
            try lab.floats("head-mapping/fc_norm.bias", of: "model/initial")
                == (0..<16).map { 1 + 0.001 * Float($0) })
        // A model with a final norm has none.
        #expect(try message().contains("'fc_norm.bias' is unknown; 'fc_norm.weight' is unknown"))
    }

    @Test func aDamagedArtifactIsNamed() throws {
        // The signature of HDF5, and nothing of what must follow.
        let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        try Data(signature + [UInt8](repeating: 7, count: 500)).write(to: URL(filePath: path))
        #expect(try message().hasPrefix("FILE: "))
    }

    @Test func whatTheFileLeavesOutIsDrawn() throws {
        try write(Self.pet)
        let given = try TinyLab(stage())
        let drawn = try TinyLab(stage().replacing("initial: \(path), ", with: ""))
        #expect(
            try given.floats("head/weight", of: "model/initial")
                == drawn.floats("head/weight", of: "model/initial"))
        #expect(
            try given.floats("pet/lora_layer.k_lora_A", of: "model/initial")
                != drawn.floats("pet/lora_layer.k_lora_A", of: "model/initial"))
    }

    private func message() throws -> String {
        do {
            _ = try TinyLab(stage())
            return "no error"
        } catch let error as UnreadableInput {
            return error.description.replacing(path, with: "FILE")
        }
    }

    @Test func everyFaultIsNamed() throws {
        try write([
            ("lora_layer.k_lora_A", [2, 16, 3]), ("lora_layer.k_lora_B", [2, 2, 16]),
            ("head.bias", [20]), ("odd", [1]),
        ])
        #expect(
            try message() == """
                FILE: initial values do not fit: 'head.weight' [20, 16] is missing; \
                'lora_layer.k_lora_A' has shape [2, 16, 3], expected [2, 16, 2]; \
                'lora_layer.v_lora_A' [2, 16, 2] is missing; \
                'lora_layer.v_lora_B' [2, 2, 16] is missing; 'odd' is unknown
                  hint: known are 'head.bias', 'head.weight', 'lora_layer.k_lora_A', \
                'lora_layer.k_lora_B', 'lora_layer.v_lora_A', 'lora_layer.v_lora_B'
                """)
    }

    @Test func aFileWithoutArraysIsRefused() throws {
        try write([])
        #expect(try message().contains("it holds no initial values"))
    }

    /// The place of the file enters no key; its content does.
    @Test func theContentOfTheFileIsASource() throws {
        try write(Self.pet)
        let unit = try #require(TinyLab.read(stage()).graph.unit(named: "model/initial"))
        #expect(!unit.definition.parameters.canonicalJSON.contains("initial.safetensors"))
        #expect(unit.definition.sources.map(\.role) == ["initial"])
        let source = try #require(unit.definition.sources.first).source
        let before = try source.digest(CountingFingerprints()).digest
        try write(Self.pet, from: 2)
        #expect(try source.digest(CountingFingerprints()).digest != before)
    }

    @Test func theUsualStartOfLoRAIsNarrower() throws {
        func largest(_ initial: String) throws -> Float {
            let text = stage().replacing("initial: \(path), ", with: "")
                .replacing("blocks: [0, 1]", with: "blocks: [0, 1], initial: \(initial)")
            let lab = try TinyLab(text)
            return try lab.floats("pet/lora_layer.k_lora_A", of: "model/initial").map(abs).max()
                ?? 0
        }
        // 64 numbers uniform in ±1/√2, and in ±1/√16.
        let (reference, standard) = (try largest("reference"), try largest("standard"))
        #expect(reference > 0.5 && reference <= 0.7072)
        #expect(standard > 0.2 && standard <= 0.25)
    }
}
