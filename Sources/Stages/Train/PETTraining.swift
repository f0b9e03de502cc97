import Engine
import Pipeline

/// What the stages that train a PET task by task read alike.
struct PETTraining {
    let seed: Int
    let pet: PETChoice
    let rates: RateGroups
    /// A file of initial values; nil draws them.
    let initial: String?
    /// Of a norm before the head; nil leaves it as trained.
    let normRecovery: NormRecovery?
    let recipe: TrainingRecipe

    /// Reads `seed`, `pet`, `rates`, `initial`, `norm-recovery` and the recipe.
    init(_ reader: ParameterReader) {
        seed = reader.integer("seed")
        pet = PETChoice(reader)
        rates = RateGroups(reader)
        initial = reader.has("initial") ? reader.path("initial") : nil
        normRecovery = NormRecovery(reader)
        recipe = TrainingRecipe(reader)
    }

    /// Reads the needs of a stage, and checks that they fit.
    func setting(_ expansion: borrowing StageExpansion) throws(ExpansionError) -> ModelSetting {
        let setting = try ModelSetting(expansion)
        try pet.check(setting.backbone.configuration)
        try normRecovery?.check(setting.backbone.configuration)
        return setting
    }
}
