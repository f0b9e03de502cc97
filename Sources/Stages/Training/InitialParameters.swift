import Engine
import Pipeline

/// The head of all classes and the PET before any training (spec sections 5.1 and 6).
///
/// Inputs: `backbone`, `data`. Output: `head/weight [C, D]`, `head/bias [C]`, `head-mapping/…`, `pet/…`.
struct InitialParameters: UnitWork {
    static let kind = "initial-parameters"
    static let version = 1

    let pet: PETChoice
    let seed: Int
    /// The sizes alone decide, not the weights.
    let model: ViTConfiguration
    /// The structure of a mapping before the head; nil for none.
    let mapping: [Int]?

    enum CodingKeys: CodingKey { case pet, model, mapping }

    init(pet: PETChoice, model: ViTConfiguration, mapping: [Int]? = nil, seed: Int) {
        self.pet = pet
        self.model = model
        self.mapping = mapping
        self.seed = seed
    }

    func run(_ context: UnitContext) throws -> Artifact {
        let manifest = try DatasetManifest(artifact: context.input("data"))
        let stream = RandomStream(seed: UInt64(bitPattern: Int64(seed)), name: Self.kind)
        var artifact = Artifact()
        let head = LinearHead(
            classes: manifest.classNames.count, width: model.width, stream: stream.split("head"))
        artifact.store(
            Classifier(
                mapping: mapping.map {
                    DenseNetwork(
                        DenseNetwork.mapping(structure: $0, width: model.width), name: "mapping",
                        stream: stream.split("mapping"))
                }, head: head),
            in: "head")
        if let method = pet.method {
            artifact.store(
                method.initialParameters(for: model, stream: stream.split("pet")), in: "pet")
        }
        return artifact
    }
}
