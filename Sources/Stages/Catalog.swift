package import Data
import Engine
public import Pipeline

/// Everything that exists, by name. To add a stage, a PET or a model: write its file, add its line here, add
/// its test. A dataset has its line in `DatasetCatalog`.
public enum Catalog {
    /// The stage kinds, in the order in which a pipeline uses them.
    static let stages: [any Stage.Type] = [
        CheckpointStage.self, DatasetStage.self, PretrainStage.self, TrainSharedPETStage.self,
        TrainHidePETStage.self, TrainPromptPoolStage.self, ClassStatisticsStage.self,
        RecoverClassifierStage.self, TrainTaskHeadStage.self, TrainIdentityMLPStage.self,
        EvaluateStage.self,
        NearestClassMeanStage.self, LinearProbeStage.self, FewShotStage.self,
    ]

    /// The PET methods that `pet` may name.
    package static let pets = [
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

    /// The datasets.
    package static let datasets = DatasetCatalog.all

    /// What is made of several datasets.
    static let datasetSequences = [
        DatasetSequenceReading(
            name: DatasetSequence.name, summary: DatasetSequence.summary
        ) { SequenceReading($0) },
        DatasetSequenceReading(
            name: "five-datasets",
            summary: "SVHN, MNIST, CIFAR-10, notMNIST and FashionMNIST in sequence, below one ROOT"
        ) { SequenceReading(fiveDatasets: $0) },
    ]

    /// The models by name.
    static let models = ModelPreset.all

    /// The weights with a name.
    static let checkpoints = NamedWeights.all.map {
        RegistryEntry(name: $0.name, summary: $0.summary)
    }

    /// What the program and its runner need to know.
    public static let registry = Registry(
        stages: stages,
        pets: (pets + [pool]).map { RegistryEntry(name: $0.name, summary: $0.summary) },
        datasets: datasets.map { RegistryEntry(name: $0.name, summary: $0.summary) }
            + datasetSequences.map { RegistryEntry(name: $0.name, summary: $0.summary) },
        checkpoints: checkpoints, inspect: Inspection.describe)
}
