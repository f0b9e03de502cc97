import Data
import Engine
import Pipeline
import Stages
import TestSupport
import Testing

/// Where in a file the weights of a model are found.
@Suite struct WeightSearchTests {
    private let samples = Result { try CheckpointSamples() }

    private static let prefixes = [
        "_orig_mod.", "module._orig_mod.", "model.", "net.", "encoder.", "visual.trunk.",
        "student.", "teacher.backbone.", "a.very.deep.place.", "0.", "feature_extractor.vit.",
    ]

    @Test(arguments: prefixes)
    func anyPrefixIsFoundRemovedAndLogged(prefix: String) throws {
        let samples = try samples.get()
        let named = samples.weights.parameters.renamed { prefix + $0 }
            .with([("projector.weight", Tensor(zeros: [2]))])
        for path in [try samples.safetensors(named), try samples.torch(.weights(named))] {
            let read = try samples.read(path)
            #expect(read.weights == samples.weights)
            #expect(
                read.log.suffix(2) == [
                    "names bear the prefix '\(prefix)'; removed",
                    "left out, not of the model: projector.weight",
                ])
        }
    }

    @Test(arguments: ["state_dict", "model", "student", "net", "ema", "weights", "module"])
    func anyDictionaryAroundTheWeightsIsFound(key: String) throws {
        let samples = try samples.get()
        let inner = TorchBuilder.Node.weights(samples.weights.parameters, below: "module.net.")
        let path = try samples.torch(
            .dictionary([("epoch", .pickle(TorchBuilder.integer(3))), (key, inner)]))
        let read = try samples.read(path)
        #expect(read.weights == samples.weights)
        #expect(read.log.contains("names bear the prefix '\(key).module.net.'; removed"))
    }

    /// Two models in a file: the one to be taken, and the one left.
    @Test(arguments: [
        ("model", "model_ema"), ("state_dict", "state_dict_ema"), ("net", "ema"),
        ("teacher", "student"), ("base_encoder", "momentum_encoder"), ("model", "student"),
        ("student", "student_averaged"), ("state_dict", "model"),
    ])
    func thePlainOneIsTakenAndTheOtherNamed(taken: String, left: String) throws {
        let samples = try samples.get()
        for pair in [[taken, left], [left, taken]] {
            let path = try samples.torch(
                .dictionary(
                    pair.map { key in
                        let own = key == taken ? samples.weights.parameters : samples.others
                        return (key, .weights(own, below: "vit."))
                    }))
            let read = try samples.read(path)
            #expect(read.weights == samples.weights)
            #expect(
                read.log.contains(
                    "weights of the model are also under '\(left).vit.'; 'weights-in' chooses them")
            )
        }
    }

    @Test(arguments: [
        ("ema", "model_ema"), ("model_ema", "model_ema"), ("student", "student"),
        ("student.vit", "student"), ("ema", "ema"), ("averaged", "averaged_model"),
    ])
    func weightsInChooses(name: String, key: String) throws {
        let samples = try samples.get()
        let path = try samples.torch(
            .dictionary([
                ("model", .weights(samples.others)),
                (key, .weights(samples.weights.parameters, below: "vit.")),
            ]))
        #expect(try samples.read(path, weightsIn: name).weights == samples.weights)
        #expect(try samples.read(path).weights.parameters == samples.others)
    }

    @Test func aChoiceThatFitsNothingNamesTheOthers() throws {
        let samples = try samples.get()
        let path = try samples.torch(.dictionary([("net", .weights(samples.weights.parameters))]))
        let problem = try #require(samples.problem(path, weightsIn: "ema"))
        #expect(problem.text == "holds no weights of the model under 'ema'")
        #expect(problem.hint == "there are some under 'net.'")
    }

    @Test func severalPlainOnesAreRefusedWithTheirNames() throws {
        let samples = try samples.get()
        let path = try samples.torch(
            .dictionary([
                ("encoder_q", .weights(samples.weights.parameters)),
                ("encoder_k", .weights(samples.others)),
            ]))
        let problem = try #require(samples.problem(path))
        #expect(
            problem.text
                == "holds weights of the model in 2 places, under 'encoder_q.', 'encoder_k.'")
        #expect(problem.hint == "say which with 'weights-in: encoder_q' at the stage")
        #expect(try samples.read(path, weightsIn: "encoder_k").weights.parameters == samples.others)
    }

    @Test func moreModelsThanAreLookedThroughAreRefused() throws {
        let samples = try samples.get()
        let marks = (0..<33).map {
            (name: "m\($0).patch_embed.proj.weight", tensor: Tensor(zeros: [1]))
        }
        let problem = try #require(samples.problem(samples.safetensors(ParameterSet(marks))))
        #expect(problem.text == "holds 33 models, more than are looked through")
    }

    /// A name that is not the whole beginning of others is no prefix.
    @Test func aPrefixEndsAtADot() throws {
        let samples = try samples.get()
        let path = try samples.safetensors(samples.weights.parameters.renamed { "my_" + $0 })
        #expect(
            try #require(samples.problem(path)).text.hasPrefix("does not fit the model; missing: "))
    }

    /// What nothing is known of is an error inside of the prefix, as it is without one.
    @Test func unknownWeightsInsideThePrefixAreErrors() throws {
        let samples = try samples.get()
        let named = samples.weights.parameters.with([("blocks.0.extra", Tensor(zeros: [2]))])
        let path = try samples.safetensors(named.renamed { "net." + $0 })
        #expect(
            samples.problem(path)?.text == "does not fit the model; unknown: blocks.0.extra")
    }

    @Test func aFileThatFitsAsItIsIsNotSearched() throws {
        let samples = try samples.get()
        let path = try samples.torch(
            .dictionary([
                ("teacher", .weights(samples.weights.parameters, below: "backbone.")),
                ("student", .weights(samples.others, below: "module.backbone.")),
            ]))
        let read = try samples.read(path)
        #expect(read.weights == samples.weights)
        #expect(
            read.log == [
                "weights taken from 'teacher'; left out: student",
                "prefix 'backbone.' removed from 34 of 34 names".replacing(
                    "34", with: "\(samples.weights.parameters.names.count)"),
            ])
    }

    @Test func listsOfNamesAreShortWhateverTheFileHolds() throws {
        let samples = try samples.get()
        let many = (0..<3000).map {
            (
                name: "x\($0).\u{1B}[2J" + String(repeating: "y", count: 500),
                tensor: Tensor(zeros: [1])
            )
        }
        let problem = try #require(samples.problem(samples.safetensors(ParameterSet(many))))
        #expect(problem.text.count < 2500)
        #expect(!problem.text.unicodeScalars.contains { $0.value < 0x20 })
        #expect(
            problem.text.contains(
                "missing: cls_token, pos_embed, patch_embed.proj.weight, patch_embed.proj.bias, blocks.0.norm1.weight and 25 more (30 in all)"
            ))
        #expect(problem.text.contains("; the file's own: x0.\\u{1B}[2Jyyy"))
        #expect(problem.text.hasSuffix(" and 2995 more (3000 in all)"))
    }
}
