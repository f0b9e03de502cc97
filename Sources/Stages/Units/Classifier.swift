import Engine
import Foundation
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
    /// The attribute with the layers of the mapping before a classifier.
    private static func layersName(_ group: String) -> String {
        "\(Group.mapping(of: group)).layers"
    }

    /// Adds a classifier below `group`, its mapping below `group-mapping` with its layers as an attribute.
    mutating func store(_ classifier: Classifier, in group: String) {
        store(classifier.head, in: group)
        guard let mapping = classifier.mapping else { return }
        store(mapping.parameters, in: Group.mapping(of: group))
        // In any other order of keys the same layers would have another digest in every process.
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        // Layers are numbers and names: they encode.
        let layers = (try? encoder.encode(mapping.layers)) ?? Data()
        attributes[Self.layersName(group)] = .string(String(decoding: layers, as: UTF8.self))
    }

    /// The classifier stored below `group`.
    func classifier(in group: String) throws -> Classifier {
        Classifier(mapping: try mapping(of: group), head: try head(in: group))
    }

    /// The mapping stored beside the classifier of `group`; nil where there is none.
    func mapping(of group: String) throws -> DenseNetwork? {
        guard case .string(let layers) = attributes[Self.layersName(group)] else { return nil }
        return DenseNetwork(
            try JSONDecoder().decode([DenseNetwork.Layer].self, from: Data(layers.utf8)),
            parameters: try parameters(in: Group.mapping(of: group)))
    }
}
