package import Data
public import Pipeline

/// Everything that exists, by name. To add a stage: write its file, add its line here, add its test. What
/// readers of parameters choose from is listed where they are, below this file: PET methods in
/// `Settings/PETKind+All.swift`, datasets in `DatasetCatalog`.
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
    package static let pets = PETKind.all

    /// The PET method that has a stage of its own, as each picture chooses from it.
    package static let pool = PETKind.pool

    /// The datasets.
    package static let datasets = DatasetCatalog.all

    /// What is made of several datasets.
    static let datasetSequences = DatasetSequenceReading.all

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
