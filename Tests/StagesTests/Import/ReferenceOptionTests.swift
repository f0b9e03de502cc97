import Foundation
import ReferenceImport
import TestSupport
import Testing

/// The table of the reference's options (Reference 14.8).
@Suite struct ReferenceOptionTests {
    @Test func thereAre26ConfigurationsAnd135Options() {
        #expect(Set(ReferenceOption.configs).count == 26)
        #expect(Set(ReferenceOption.all.map(\.name)).count == 135)
        // Each pattern fits a configuration: no line is misspelt.
        for option in ReferenceOption.all {
            let values = ReferenceOption.configs.map { option.fallback(in: $0) }
            #expect(values.contains { $0 != nil }, "\(option.name)")
        }
    }

    /// Each with its kind, in the order of the table.
    @Test func allOfThemStandInTheReference() throws {
        let text = try String(
            contentsOf: SharedData.packageRoot.appending(path: "Docs/Reference.md"),
            encoding: .utf8)
        let section = try #require(
            text.components(separatedBy: "<a id=\"r-14-8\"></a>").last?
                .components(separatedBy: "<a id=\"r-15\"></a>").first)
        let rows = section.matches(of: #/\n\| ([\w-]+) \| ([a-z]+) \| /#).map { "\($0.1) \($0.2)" }
        #expect(rows == ReferenceOption.all.map { "\($0.name) \($0.kind.rawValue)" })
        for config in ReferenceOption.configs { #expect(section.contains("`\(config)`")) }
    }

    @Test(arguments: [
        ("batch-size", "imr_hidelora", "24"), ("batch-size", "five_datasets_l2p", "16"),
        ("clip-grad", "cifar100_hideadapter", "2"), ("clip-grad", "imr_continual_prompt", "1"),
        ("continual_type", "imr_continual_lora", "slow_learner"),
        ("continual_type", "cifar100_continual_lora", nil),
        ("dataset", "cub_sprompt_5e", "Split-CUB200"), ("dataset", "cub_cars_few_shot_lora", nil),
        ("e_prompt_layer_idx", "imr_dualprompt", "2 3 4"), ("e_prompt_layer_idx", "imr_l2p", "0"),
        ("e_prompt_layer_idx", "imr_sprompt_5e", "0 1 2 3 4"),
        ("epochs", "imr_sprompt_5e", "50"), ("epochs", "imr_hidelora", "5"),
        ("length", "five_datasets_l2p", "10"), ("length", "five_datasets_hideprompt_5e", "40"),
        ("length", "cifar100_l2p", "5"), ("length", "imr_hidelora", nil),
        ("lora_momentum", "imr_hidelora", "0.1"), ("lora_momentum", "cifar100_hidelora", nil),
        ("lr", "imr_dualprompt", "0.005"), ("lr", "cub_dualprompt", "0.03"),
        ("opt-betas", "imr_hidelora", "0.9 0.999"), ("original_model", "imr_l2p", nil),
        ("original_model_mlp_structure", "five_datasets_hideprompt_5e", "4 4"),
        ("prompt_key", "five_datasets_hideprompt_5e", "true"),
        ("prompt_key", "imr_hideprompt_5e", "false"),
        ("pull_constraint_coeff", "cub_l2p", "0.1"), ("pull_constraint_coeff", "imr_fsl", nil),
        ("reg", "five_datasets_hideprompt_5e", "0"), ("reg", "five_datasets_dualprompt", nil),
        ("sched", "cub_l2p", "step"), ("sched", "imr_continual_prompt", "step"),
        ("sched", "imr_hidelora", "constant"), ("shuffle", "cub_cars_few_shot_lora", "true"),
        ("size", "five_datasets_l2p", "20"), ("size", "five_datasets_sprompt_5e", "5"),
        ("warmup-epochs", "five_datasets_sprompt_5e", "0"), ("warmup-epochs", "imr_l2p", "5"),
        ("world_size", "imr_sprompt_5e", "8"), ("world_size", "imr_hidelora", "4"),
    ])
    func defaultsAreThoseOfTheConfiguration(
        option: String, config: String, value: String?
    ) throws {
        let found = try #require(ReferenceOption.all.first { $0.name == option })
        #expect(found.fallback(in: config)?.written == value)
    }

    @Test(arguments: [
        ("imr_hidelora", "*lora", true), ("imr_hidelora", "*hide*", true),
        ("imr_hidelora", "imr_*lora", true), ("imr_hidelora", "lora*", false),
        ("imr_hidelora", "imr_hidelora", true), ("imr_l2p", "*", true),
        ("imr_sprompt_5e", "five*sprompt*", false), ("ab", "abb*b", false),
    ])
    func aStarStandsForAnyText(name: String, pattern: String, fits: Bool) {
        #expect(ReferenceOption.fits(name, pattern) == fits)
    }
}
