import Engine
import Pipeline

extension PETKind {
    /// The PET methods that `pet` may name.
    package static let all = [
        PETKind(
            summary: "low-rank additions to the keys and values of chosen blocks",
            example: LoRA(rank: 5, blocks: [0, 1, 2, 3, 4]), sizes: "rank 5, blocks 0 to 4"
        ) { LoRA($0) },
        PETKind(
            summary: "bottlenecks after the attention of chosen blocks",
            example: Adapter(bottleneck: 5, blocks: [0, 1, 2, 3, 4]),
            sizes: "bottleneck 5, blocks 0 to 4"
        ) {
            Adapter(bottleneck: $0.integer("bottleneck", in: Bounds.width), blocks: $0.blocks())
        },
        PETKind(
            summary: "extra keys and values in the attention of chosen blocks",
            example: PrefixPrompt(length: 20, blocks: [0, 1, 2, 3, 4]),
            sizes: "length 20, blocks 0 to 4"
        ) { PrefixPrompt(length: $0.integer("length", in: Bounds.prompt), blocks: $0.blocks()) },
        PETKind(
            summary: "learned tokens beside the patches (shallow visual prompt tuning)",
            example: TokenPrompt(length: 20), sizes: "length 20"
        ) { TokenPrompt(length: $0.integer("length", in: Bounds.prompt)) },
    ]

    /// The PET method that has a stage of its own, as each picture chooses from it.
    package static let pool = PETKind(
        summary: "prompts that pictures choose by keys, of 'train-prompt-pool' alone",
        example: PromptPool(size: 10, length: 5, topK: 1, insertion: .prefix(blocks: [2, 3, 4])),
        sizes: "10 entries of length 5, blocks 2 to 4"
    ) { PromptPool($0) }
}
