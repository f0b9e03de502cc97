import Engine
import Pipeline

/// What makes logits of features: a linear head, behind a mapping where a model has one.
struct Classifier {
    let mapping: DenseNetwork?
    let head: LinearHead

    /// - Parameter features: `[n, D]`.
    /// - Returns: `[n, C]`.
    func logits(_ features: Tensor) -> Tensor {
        head.logits(mapping?.output(features) ?? features)
    }
}

extension Artifact {
    /// Adds a classifier below `group`, its mapping below `group-mapping`.
    mutating func store(_ classifier: Classifier, in group: String) {
        store(classifier.head, in: group)
        if let mapping = classifier.mapping { store(mapping.parameters, in: "\(group)-mapping") }
    }

    /// The classifier stored below `group`.
    ///
    /// - Parameter structure: of its mapping; nil for none.
    func classifier(_ structure: [Int]?, in group: String) throws -> Classifier {
        let head = try head(in: group)
        return Classifier(
            mapping: try mapping(structure, of: group, width: head.weight.shape[1]), head: head)
    }

    /// The mapping stored beside the classifier of `group`; nil where there is none.
    func mapping(_ structure: [Int]?, of group: String, width: Int) throws -> DenseNetwork? {
        guard let structure, !structure.isEmpty else { return nil }
        return DenseNetwork(
            DenseNetwork.mapping(structure: structure, width: width),
            parameters: try parameters(in: "\(group)-mapping"))
    }
}
