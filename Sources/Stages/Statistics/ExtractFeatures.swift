import Data
import Engine
import Pipeline

/// Features of the training pictures of a task, as classes are described by: evaluation transform,
/// the PET as trained on that task (Reference 8.1).
///
/// Inputs: `backbone`, `data`; `pet` where there is one. Output: `features [n, D]`, `labels [n]` (class ids).
struct ExtractFeatures: UnitWork {
    static let kind = "extract-features"
    static let version = 1
    static let inputViews = DatasetManifest.trainingInput

    let task: Int
    let pet: PETChoice
    /// Whether the PET is taken as it was before the merge, where there was one; nil is no.
    let isUnmerged: Bool?
    let transform: EvaluationTransform
    let access: any PictureAccess

    // The manifest's digest names the pictures, wherever they lie.
    enum CodingKeys: CodingKey { case task, pet, isUnmerged, transform }

    init(
        task: Int, pet: PETChoice, isUnmerged: Bool, transform: EvaluationTransform,
        access: any PictureAccess
    ) {
        self.task = task
        self.pet = pet
        self.isUnmerged = isUnmerged ? true : nil
        self.transform = transform
        self.access = access
    }

    func run(_ context: UnitContext) throws -> Artifact {
        let backbone = try context.backbone()
        let manifest = try context.manifest()
        let entries = manifest.entries(split: .train, task: task)
        let slot = try pet.method.map {
            let group = isUnmerged == true ? Group.unmerged : Group.pet
            return PET(method: $0, parameters: try context.input(Role.pet).parameters(in: group))
        }
        let extractor = FeatureExtractor(
            backbone: backbone, transform: transform, access: access, context: context)
        var artifact = Artifact(task: task)
        artifact.arrays[ArrayName.features] = TypedArray(try extractor.features(entries, pet: slot))
        artifact.arrays[ArrayName.labels] = TypedArray(entries.map(\.label))
        return artifact
    }
}
