import Data
import Engine
import Pipeline

/// The head of all classes and the PET before any training (Reference 3.1 and Reference 4).
///
/// Inputs: `backbone`, `data`. Output: `head/weight [C, D]`, `head/bias [C]`, `head-mapping/…`, `pet/…`.
struct InitialParameters: UnitWork {
    static let kind = "initial-parameters"
    static let version = 1
    static let inputViews = DatasetManifest.trainingInput

    let pet: PETChoice
    let seed: Int
    /// The sizes alone decide, not the weights.
    let model: ViTConfiguration
    /// The structure of a mapping before the head; nil for none but the norm of a model whose features are
    /// not normalised.
    let structure: [Int]?

    /// A file that gives values in place of those drawn; nil for none.
    let file: String?

    // The digest of the file stands in the key document as that of a source.
    enum CodingKeys: CodingKey { case pet, model, structure }

    init(
        pet: PETChoice, model: ViTConfiguration, structure: [Int]? = nil, file: String? = nil,
        seed: Int
    ) {
        self.pet = pet
        self.model = model
        self.structure = structure
        self.file = file
        self.seed = seed
    }

    func run(_ context: UnitContext) throws -> Artifact {
        let manifest = try context.manifest()
        let stream = RandomStream(seed: seed, name: Self.kind)
        var head = LinearHead(
            classes: manifest.classNames.count, width: model.width, stream: stream.split("head"))
        var parameters = pet.method?.initialParameters(for: model, stream: stream.split("pet"))
        var featureNorm = structure == nil ? DenseNetwork.featureNorm(for: model) : nil
        if let file {
            let values = try InitialValues(path: file)
            try values.check(
                against: [head.parameters, parameters, featureNorm?.parameters].compactMap { $0 })
            if let given = values.replacing(head.parameters) {
                head = LinearHead(weight: given.tensors[0], bias: given.tensors[1])
                context.log("the head is that of the file of initial values")
            }
            if let given = parameters.flatMap(values.replacing) {
                parameters = given
                context.log("the PET is that of the file of initial values")
            }
            if let given = (featureNorm?.parameters).flatMap(values.replacing) {
                featureNorm?.parameters = given
                context.log("the norm before the head is that of the file of initial values")
            }
        }
        var artifact = Artifact()
        let mapping = structure.map {
            DenseNetwork(
                DenseNetwork.mapping(structure: $0, width: model.width), name: "mapping",
                stream: stream.split("mapping"))
        }
        artifact.store(
            Classifier(mapping: mapping ?? featureNorm, head: head), in: Group.head)
        if let parameters { artifact.store(parameters, in: Group.pet) }
        return artifact
    }
}
