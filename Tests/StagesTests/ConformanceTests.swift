import Data
import Engine
import Foundation
import Pipeline
import TestSupport
import Testing

/// The facts of Reference 17 that stages show, one test each. The others stand in the suite of the
/// same name of the engine.
@Suite struct ConformanceTests {
    private static let stages = """
          shared:
            uses: train-shared-pet
            needs: {backbone: backbone, data: data}
            with: {seed: 1, pet: {lora: {rank: 2, blocks: [0, 1]}}, \(TinyLab.training)}
          shared-statistics: {uses: class-statistics, needs: {model: shared}, with: {variance: }}
          shared-head: {uses: recover-classifier, needs: {model: shared, statistics: shared-statistics}, with: {epochs: 1}}
          hide:
            uses: train-hide-pet
            needs: {backbone: backbone, data: data}
            with: {seed: 1, pet: {lora: {rank: 2, blocks: [0, 1]}}, merge: 0.5, statistics: before-merge, \(TinyLab.training)}
          scores: {uses: evaluate, needs: {model: hide, task-identity: shared-head}}
          shared-scores: {uses: evaluate, needs: {model: shared, head: shared-head}}

        """

    /// The third slot is trained again from a changed second one: what stands there before the merge
    /// does not matter, what stands there after it does.
    @Test("9: the next slot starts from the merged parameters of the last")
    func theNextSlotStartsFromTheMergedParameters() throws {
        let lab = try TinyLab(Self.stages)
        let third = try #require(lab.file.graph.unit(named: "hide/train[3]"))
        let start = try #require(third.definition.inputs.first { $0.role == "start" })
        #expect(lab.file.graph[start.unit].name == "hide/train[2]")
        let second = try lab["hide/train[2]"]
        // Merged: half of itself, half of the first.
        let name = "lora_layer.k_lora_A"
        let (own, first, merged) = (
            try lab.floats("unmerged/\(name)", of: "hide/train[2]"),
            try lab.floats("pet/\(name)", of: "hide/train[1]"),
            try lab.floats("pet/\(name)", of: "hide/train[2]")
        )
        #expect(merged == zip(own, first).map { 0.5 * $0 + 0.5 * $1 } && merged != own)

        var withoutUnmerged = second
        withoutUnmerged.arrays = second.arrays.filter { !$0.key.hasPrefix("unmerged/") }
        var unmerged = second
        for (path, array) in second.arrays where path.hasPrefix("unmerged/") {
            unmerged.arrays["pet/" + path.dropFirst("unmerged/".count)] = array
        }
        let trained = try lab.group("unmerged", of: "hide/train[3]")
        func again(_ start: Artifact) throws -> [String: TypedArray] {
            let artifact = try lab.run("hide/train[3]") { $0["start"] = start }
            return Dictionary(
                uniqueKeysWithValues: artifact.arrays.filter { $0.key.hasPrefix("unmerged/") }
                    .map { (String($0.key.dropFirst("unmerged/".count)), $0.value) })
        }
        #expect(try again(withoutUnmerged) == trained)
        #expect(try again(unmerged) != trained)
    }

    /// The classifier that names tasks is made to prefer every class that has not been seen.
    @Test("10: an unseen task is never inferred")
    func anUnseenTaskIsNeverInferred() throws {
        let lab = try TinyLab(Self.stages)
        for task in 1...3 {
            let unit = "scores/evaluate[\(task)]"
            let found = try lab.run(unit) { inputs in
                inputs["identity-head"]?.preferClasses(from: 5 * task)
            }
            #expect(found == (try lab[unit]))
            // A shared model names tasks in the same way, though its guesses are of all classes.
            let shared = "shared-scores/evaluate[\(task)]"
            let own = try lab.run(shared) { $0["head"]?.preferClasses(from: 5 * task) }
            #expect(own.arrays["task-identity"] == (try lab[shared]).arrays["task-identity"])
            let none = TypedArray(
                shape: [task], .float64([Double](repeating: 0, count: task)))
            #expect(own.arrays["accuracy"] == none)
            if task == 1 {
                let all = TypedArray(shape: [1], .float64([100]))
                #expect(own.arrays["task-identity"] == all)
            }
        }
    }

    /// Twenty tasks of four datasets, five each.
    @Test("13: seed 42 orders the twenty tasks of the upstream datasets as the reference does")
    func seed42OrdersTasksAsTheReference() {
        var random = PythonRandom(seed: 42)
        let order = random.shuffled(Array(0..<20))
        #expect(order == [19, 5, 14, 4, 9, 13, 15, 18, 6, 12, 17, 10, 1, 11, 2, 16, 7, 8, 0, 3])
        #expect(
            order.map { $0 / 5 }
                == [3, 1, 2, 0, 1, 2, 3, 3, 1, 2, 3, 2, 0, 2, 0, 3, 1, 1, 0, 0])
    }

    /// Every element of the file is its place in the file, so the place of each element shows.
    @Test("14: Google's npz gives timm's names and shapes, and queries, keys, values in this order")
    func googlesNamesAndOrders() throws {
        let configuration = try ViTConfiguration(
            imageSize: 4, patchSize: 2, channels: 3, width: 4, depth: 1, heads: 2, mlpWidth: 3)
        let file = try FlaxFile(configuration)
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "flax.npz")
        try Data(file.bytes).write(to: path)
        let read = try PretrainedWeights(path: path.path, configuration: configuration).weights
        let found = read.parameters
        #expect(found.names == ViTWeights.expectedShapes(configuration).map(\.name))
        func tensor(_ name: String) throws -> Tensor { try #require(found[name]) }

        let qkv = try tensor("blocks.0.attn.qkv.weight")
        let projection = try tensor("blocks.0.attn.proj.weight")
        #expect(qkv.shape == [12, 4] && projection.shape == [4, 4])
        for (part, name) in ["query", "key", "value"].enumerated() {
            let attention = "encoderblock_0/MultiHeadDotProductAttention_1/\(name)"
            for head in 0..<2 {
                for d in 0..<2 {
                    let row = part * 4 + head * 2 + d
                    // [width, heads, head width]
                    for input in 0..<4 {
                        #expect(
                            qkv.values[row * 4 + input]
                                == file["\(attention)/kernel", input * 4 + head * 2 + d])
                    }
                    #expect(
                        try tensor("blocks.0.attn.qkv.bias").values[row]
                            == file["\(attention)/bias", head * 2 + d])
                }
            }
        }
        for output in 0..<4 {
            // [heads, head width, width] to [out, in]
            for input in 0..<4 {
                #expect(
                    projection.values[output * 4 + input]
                        == file[
                            "encoderblock_0/MultiHeadDotProductAttention_1/out/kernel",
                            input * 4 + output])
            }
        }
        let patches = try tensor("patch_embed.proj.weight")
        #expect(patches.shape == [4, 3, 2, 2])
        for (index, value) in patches.values.enumerated() {
            // [out, channel, y, x] from [y, x, channel, out]
            let (output, channel, y, x) = (index / 12, index / 4 % 3, index / 2 % 2, index % 2)
            let place = ((y * 2 + x) * 3 + channel) * 4 + output
            #expect(value == file["embedding/kernel", place])
        }
        for (ours, theirs) in [("norm1", "LayerNorm_0"), ("norm2", "LayerNorm_2")] {
            let weight = try tensor("blocks.0.\(ours).weight").values
            #expect(weight == (0..<4).map { file["encoderblock_0/\(theirs)/scale", $0] })
        }
        for (ours, theirs, inputs, outputs) in [
            ("fc1", "Dense_0", 4, 3), ("fc2", "Dense_1", 3, 4),
        ] {
            let weight = try tensor("blocks.0.mlp.\(ours).weight")
            #expect(weight.shape == [outputs, inputs])
            for index in weight.values.indices {
                let place = index % inputs * outputs + index / inputs
                #expect(
                    weight.values[index]
                        == file["encoderblock_0/MlpBlock_3/\(theirs)/kernel", place])
            }
        }
        for (ours, theirs) in [
            ("norm.weight", "encoder_norm/scale"), ("norm.bias", "encoder_norm/bias"),
            ("cls_token", "cls"), ("patch_embed.proj.bias", "embedding/bias"),
        ] {
            #expect(try tensor(ours).values == (0..<4).map { file[theirs, $0] })
        }
        #expect(
            try tensor("pos_embed").values
                == (0..<20).map { file["posembed_input/pos_embedding", $0] })
    }

    /// 196 classes in ten tasks; 60, 50, 100 and 100 classes in five tasks each.
    @Test(
        "15: Cars splits into nine tasks of 20 classes and one of 16; upstream into 12, 10, 20, 20")
    func splitsHaveTheSizesOfTheReference() throws {
        func sizes(_ classes: Int, _ tasks: Int) throws -> [Int] {
            let split = try #require(
                DatasetManifest.equalTasks(classCount: classes, taskCount: tasks))
            #expect(split.flatMap { $0 } == Array(0..<classes))
            return split.map(\.count)
        }
        #expect(try sizes(196, 10) == [Int](repeating: 20, count: 9) + [16])
        for (classes, size) in [(60, 12), (50, 10), (100, 20), (100, 20)] {
            #expect(try sizes(classes, 5) == [Int](repeating: size, count: 5))
        }
    }

    /// Each slot is the artifact of its own unit, which later tasks read and no later unit makes; what
    /// they read is what was stored, to the bit.
    @Test("16: training a task leaves the slots of all others as they were")
    func trainingATaskLeavesOtherSlotsAlone() throws {
        let lab = try TinyLab(Self.stages)
        let graph = lab.file.graph
        let digests = try (1...4).map { try lab["hide/train[\($0)]"].digest }
        #expect(Set(digests).count == 4)
        for task in 1...4 {
            let scores = try #require(graph.unit(named: "scores/evaluate[\(task)]"))
            let slots = scores.definition.inputs.filter { $0.role.hasPrefix("slot[") }
            #expect(slots.map(\.role) == (0..<task).map { "slot[\($0)]" })
            #expect(slots.map { graph[$0.unit].name } == (1...task).map { "hide/train[\($0)]" })
            // One slot in, one slot out.
            let trained = try lab.run("hide/train[\(task)]") { _ in }
            #expect(trained.digest == digests[task - 1])
            #expect(
                trained.arrays["pet/lora_layer.k_lora_A"]?.shape == [2, 16, 2])
        }
        #expect(try (1...4).map { try lab["hide/train[\($0)]"].digest } == digests)
    }
}

/// An npz file as Google's training program names and shapes a vision transformer of one block; every
/// element is its place in the file.
private struct FlaxFile {
    private var starts: [String: Int] = [:]
    private var entries: [(name: String, content: [UInt8])] = []

    init(_ configuration: ViTConfiguration) throws {
        let (width, heads, size) = (
            configuration.width, configuration.heads, configuration.headWidth
        )
        let (patch, hidden) = (configuration.patchSize, configuration.mlpWidth)
        let block = "Transformer/encoderblock_0"
        let attention = "\(block)/MultiHeadDotProductAttention_1"
        var shapes: [(name: String, shape: [Int])] = [
            ("cls", [1, 1, width]), ("embedding/bias", [width]),
            ("embedding/kernel", [patch, patch, configuration.channels, width]),
            ("Transformer/posembed_input/pos_embedding", [1, configuration.tokenCount, width]),
            ("Transformer/encoder_norm/bias", [width]),
            ("Transformer/encoder_norm/scale", [width]),
            ("\(attention)/out/kernel", [heads, size, width]), ("\(attention)/out/bias", [width]),
            ("\(block)/MlpBlock_3/Dense_0/kernel", [width, hidden]),
            ("\(block)/MlpBlock_3/Dense_0/bias", [hidden]),
            ("\(block)/MlpBlock_3/Dense_1/kernel", [hidden, width]),
            ("\(block)/MlpBlock_3/Dense_1/bias", [width]),
        ]
        for norm in ["LayerNorm_0", "LayerNorm_2"] {
            shapes += [("\(block)/\(norm)/scale", [width]), ("\(block)/\(norm)/bias", [width])]
        }
        for part in ["value", "key", "query"] {
            shapes += [
                ("\(attention)/\(part)/kernel", [width, heads, size]),
                ("\(attention)/\(part)/bias", [heads, size]),
            ]
        }
        var next = 0
        for (name, shape) in shapes {
            let count = shape.reduce(1, *)
            starts[name.replacing("Transformer/", with: "")] = next
            let values = (next..<next + count).map { Float($0) }
            entries.append(("\(name).npy", Self.array(shape, values)))
            next += count
        }
    }

    /// Element `index` of an array; `Transformer/` is left out of its name.
    subscript(name: String, index: Int) -> Float { Float((starts[name] ?? -9999) + index) }

    var bytes: [UInt8] { ZipBuilder.file(entries, checksum: Inflation.checksum) }

    private static func array(_ shape: [Int], _ values: [Float]) -> [UInt8] {
        let extents = shape.map { "\($0)," }.joined(separator: " ")
        let header = Array(
            "{'descr': '<f4', 'fortran_order': False, 'shape': (\(extents)), }\n".utf8)
        return [0x93] + Array("NUMPY".utf8) + [1, 0] + ZipBuilder.littleEndian(header.count, 2)
            + header + values.flatMap { ZipBuilder.littleEndian(Int($0.bitPattern), 4) }
    }
}

extension TinyLab {
    /// Runs a unit again with changed inputs.
    fileprivate func run(
        _ name: String, changing change: (inout [String: Artifact]) -> Void
    ) throws -> Artifact {
        let unit = try #require(file.graph.unit(named: name))
        var inputs: [String: Artifact] = [:]
        for (role, id) in unit.definition.inputs {
            inputs[role] = artifacts[file.graph[id].name]
        }
        change(&inputs)
        return try unit.definition.run(
            UnitContext(threads: 1, inputs: inputs, digests: inputs.mapValues(\.digest.hex)))
    }
}

extension Artifact {
    /// Raises the bias of every class from `first` on, before recovery and after.
    fileprivate mutating func preferClasses(from first: Int) {
        for path in ["head/bias", "before/bias"] {
            guard let array = arrays[path], case .float32(var bias) = array.elements else {
                Issue.record("no \(path)")
                continue
            }
            for index in first..<bias.count { bias[index] += 1000 }
            arrays[path] = TypedArray(shape: array.shape, .float32(bias))
        }
    }
}
