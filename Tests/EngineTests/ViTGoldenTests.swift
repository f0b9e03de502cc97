import Engine
import TestSupport
import Testing

/// Numbers of the reference implementation; tolerances as the files' description gives them.
@Suite(.enabled(if: SharedData.goldens != nil, "no goldens: set HIDE_GOLDENS"))
struct ViTGoldenTests {
    static let forward: Float = 1e-5
    static let gradient: Float = 1e-4

    @Test(arguments: ViTGolden.all)
    func forwardPassAgrees(golden: ViTGolden) throws {
        let golden = try golden.open()
        let pet = try golden.pet("init", slot: golden.slot())
        let workers = Workers(threads: 2)
        let features = golden.model.features(golden.images, pet: pet, workers: workers)
        expectClose(features, try golden.tensor("forward/pre_logits"), Self.forward, "features")
        let logits = try golden.head("init").logits(features)
        expectClose(logits, try golden.tensor("forward/logits"), Self.forward, "logits")
        let tokens = golden.model.tokens(golden.images, pet: pet, workers: workers)
        expectClose(
            tokens, try golden.tensor("forward/tokens_after_norm"), Self.forward, "tokens")
    }

    @Test(arguments: ViTGolden.all)
    func lossesAgree(golden: ViTGolden) throws {
        let golden = try golden.open()
        let trainer = try golden.trainer(contrastive: try golden.contrastive())
        let losses = trainer.gradientsWithoutUpdate([try golden.batch()])
        expectClose(losses.crossEntropy, try golden.scalar("forward/loss_ce"), 1e-5, "CE")
        try expectRegulariser(losses.contrastive, "forward/loss_reg", golden, weight: 0.001)
        expectClose(
            losses.crossEntropy + losses.contrastive, try golden.scalar("forward/loss_total"),
            1e-5, "total")
    }

    @Test(arguments: ViTGolden.all)
    func theRegulariserWithoutMemoryAgrees(golden: ViTGolden) throws {
        let golden = try golden.open(needing: "forward/loss_reg_no_memory")
        let width = golden.configuration.width
        let empty = ContrastiveTerm(weight: 0.001, memory: Tensor(zeros: [0, width]))
        let without = try golden.trainer(contrastive: empty)
            .gradientsWithoutUpdate([try golden.batch()])
        try expectRegulariser(
            without.contrastive, "forward/loss_reg_no_memory", golden, weight: 0.001)
    }

    /// Compares the contrastive term, to 1e-5 and the rounding of the reference: it takes differences
    /// of similarities ‖m‖² / 0.8, hundreds of times larger than they are, in single precision, whose
    /// last bit is 6e-8 of them.
    private func expectRegulariser(
        _ found: Double, _ path: String, _ golden: ViTGoldenCase, weight: Double
    ) throws {
        let expected = try golden.scalar(path)
        let memory = try golden.contrastive()?.memory
        let features = try golden.tensor("forward/pre_logits")
        let sets = memory.map { [$0, features] } ?? [features]
        let rows = sets.flatMap(squaredNorms)
        let rounding = weight * (rows.max() ?? 0) / 0.8 * 4 * 6e-8
        expectClose([found], [expected], within: 1e-5 * abs(expected) + rounding, path)
    }

    private func squaredNorms(_ set: Tensor) -> [Double] {
        (0..<set.shape[0]).map { row in
            set.values[row * set.shape[1]..<(row + 1) * set.shape[1]]
                .reduce(0) { $0 + Double($1 * $1) }
        }
    }

    @Test(arguments: ViTGolden.all)
    func blockOutputsAgree(golden: ViTGolden) throws {
        let golden = try golden.open(needing: "debug")
        let pet = try golden.pet("init", slot: golden.slot())
        let outputs = golden.model.tokensByBlock(golden.images, pet: pet)
        for block in 0..<golden.configuration.depth {
            let found = outputs[block + 1]
            expectClose(
                found, try golden.tensor("debug/block\(block)_out", like: found), Self.forward,
                "block \(block)")
        }
        let patches = try golden.tensor("debug/patch_embed")
        let positions = try ViTGoldenCase.tensor(golden.file, "weights/pos_embed")
        let width = golden.configuration.width
        let tokens = golden.configuration.tokenCount
        let found = patches.values.indices.map { index in
            let (picture, rest) = index.quotientAndRemainder(
                dividingBy: (tokens - 1) * width)
            return outputs[0].values[(picture * tokens + 1) * width + rest]
                - positions.values[width + rest]
        }
        expectClose(
            Tensor(shape: patches.shape, found), patches, Self.forward, "patch embedding")
    }

    @Test(arguments: ViTGolden.all)
    func blockGradientsAgree(golden: ViTGolden) throws {
        let golden = try golden.open(needing: "debug/block0_out_grad")
        let trainer = try golden.trainer(
            contrastive: try golden.contrastive(), threads: 1)
        let found = trainer.gradientsByBlock(try golden.batch())
        let last = golden.configuration.depth - 1
        #expect(found.count == golden.configuration.depth)
        for (block, gradient) in found {
            let path = "debug/block\(block)_out_grad"
            let expected =
                block == last
                ? classTokens(try golden.tensor(path)) : try golden.tensor(path, like: gradient)
            expectClose(gradient, expected, Self.gradient, "gradient of block \(block)")
        }
    }

    private func classTokens(_ tokens: Tensor) -> Tensor {
        let (pictures, width) = (tokens.shape[0], tokens.shape[2])
        let stride = tokens.shape[1] * width
        return Tensor(
            shape: [pictures, width],
            (0..<pictures).flatMap { tokens.values[$0 * stride..<$0 * stride + width] })
    }

    @Test(arguments: ViTGolden.all, ["grad", "grad_reg1"])
    func gradientsAgree(golden: ViTGolden, group: String) throws {
        let golden = try golden.open(needing: group)
        let weight: Float = group == "grad" ? 0.001 : 1
        let trainer = try golden.trainer(contrastive: try golden.contrastive(weight: weight))
        let found = trainer.gradientsWithoutUpdate([try golden.batch()])
        let expected = try golden.trained(group)
        #expect(found.gradients.names == expected.names)
        for (index, name) in expected.names.enumerated() {
            expectClose(
                found.gradients.tensors[index], expected.tensors[index], Self.gradient, name)
        }
        if group == "grad" {
            expectClose(
                Double(globalNorm(found.gradients)),
                try golden.attribute("total_norm", of: "grad"), 1e-4, "norm")
        } else {
            try expectRegulariser(found.contrastive, "grad_reg1/loss_reg", golden, weight: 1)
            expectClose(
                found.crossEntropy + found.contrastive,
                try golden.scalar("grad_reg1/loss_total"), 1e-5, "total")
        }
    }

    @Test(
        arguments: ViTGolden.all,
        ["adam_clip1", "adam_clip2", "adam_clip1_slow", "adam_clip1_largerprompt"])
    func threeStepsOfAdamAgree(golden: ViTGolden, group: String) throws {
        let golden = try golden.open(needing: group)
        let trainer = try golden.trainer(
            contrastive: try golden.contrastive(),
            clip: Float(try golden.attribute("clip", of: group)))
        let rates = Trainer.Rates(
            pet: Float(try golden.attribute("lr_pet", of: group)),
            head: Float(try golden.attribute("lr_head", of: group)), backbone: 0)
        let losses = try golden.tensor("\(group)/loss_before_step").values
        let norms = try golden.tensor("\(group)/grad_norm_before_clip").values
        let batch = try golden.batch()
        for step in 0..<3 {
            let report = try trainer.step([batch], rates: rates)
            expectClose(report.loss, Double(losses[step]), 1e-4, "loss of step \(step + 1)")
            expectClose(
                Double(report.gradientNorm), Double(norms[step]), 1e-3, "norm of step \(step + 1)")
            let path = "\(group)/step\(step + 1)"
            if try golden.has(path) {
                try expectUpdates(trainer.state.parameters, path, golden)
            }
        }
    }

    /// Compares updates to 2e-2 of the largest, where the gradient is more than 1e-6 of its largest:
    /// near zero Adam's first update is the rate times a sign that rounding may turn.
    private func expectUpdates(
        _ found: ParameterSet, _ path: String, _ golden: ViTGoldenCase
    ) throws {
        let expected = try golden.trained(path)
        let start = try golden.trained("init")
        let gradients = try golden.trained("grad")
        for (index, name) in expected.names.enumerated() {
            let gradient = gradients.tensors[index].values
            let bound = 1e-6 * (gradient.map(abs).max() ?? 0)
            let clear = gradient.indices.filter { abs(gradient[$0]) > bound }
            let begin = start.tensors[index].values
            func update(_ set: ParameterSet) -> Tensor {
                let values = set.tensors[index].values
                return Tensor(shape: [clear.count], clear.map { values[$0] - begin[$0] })
            }
            expectClose(update(found), update(expected), 2e-2, "\(path) \(name)")
        }
    }

    @Test(arguments: ViTGolden.all)
    func evaluationWithASlotPerPictureAgrees(golden: ViTGolden) throws {
        let golden = try golden.open(needing: "eval")
        let workers = Workers(threads: 2)
        let features: Tensor
        if try golden.has("eval/task_ids") {
            let ids = try golden.integers("eval/task_ids")
            let slots = try (0...(ids.max() ?? 0)).map {
                try #require(try golden.pet("init", slot: $0))
            }
            features = golden.model.features(
                golden.images, slots: slots, slotOf: ids, workers: workers)
        } else {
            features = golden.model.features(
                golden.images, pet: try golden.pet("init", slot: nil), workers: workers)
        }
        expectClose(features, try golden.tensor("eval/pre_logits"), Self.forward, "features")
        expectClose(
            try golden.head("init").logits(features), try golden.tensor("eval/logits"),
            Self.forward, "logits")
    }

    @Test(arguments: ViTGolden.all)
    func mergeAgrees(golden: ViTGolden) throws {
        let golden = try golden.open(needing: "momentum_merge")
        let task = try #require(try golden.slot())
        let share = Float(try golden.attribute("momentum", of: "momentum_merge"))
        let current = try #require(try golden.pet("init", slot: task))
        let previous = try (0..<task).map { try #require(try golden.pet("init", slot: $0)) }
        let merged = PET.merged(current, previous: previous, share: share)
        let expected = try #require(try golden.pet("momentum_merge", slot: task))
        for (index, name) in expected.parameters.names.enumerated() {
            expectClose(
                merged.parameters.tensors[index], expected.parameters.tensors[index], 1e-5, name)
        }
    }
}
