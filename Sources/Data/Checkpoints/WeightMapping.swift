/// How a checkpoint of PyTorch is taken apart into the weights of a model: which dictionary, which
/// names. What is not named here and not a weight of the model is an error.
package struct WeightMapping: Sendable, Hashable {
    /// Weights of a file that the model has no place for.
    package struct Dropped: Sendable, Hashable {
        /// The beginning of their names.
        package let beginning: String
        /// What they are, for the log.
        package let reason: String

        init(_ beginning: String, _ reason: String) {
            self.beginning = beginning
            self.reason = reason
        }

        /// The layers behind the features in training without labels.
        static let projector = Dropped("head.", "projection head")
    }

    /// Keys of dictionaries that hold weights, best first.
    package var wrappers = ["state_dict", "model", "teacher", "model_state_dict"]
    /// Beginnings of names to remove, besides those of wrappers of modules.
    package var prefixes: [String] = []
    /// Weights to leave out. They cannot change what is read of the others.
    package var dropped: [Dropped] = []

    /// What is done for a file without a name.
    package static let automatic = WeightMapping()

    /// No dictionary is opened.
    static let none = WeightMapping(wrappers: [])

    /// Beginnings of names that wrappers of modules add, whatever the file.
    private static let modulePrefixes = ["module.", "backbone."]

    /// What a PyTorch file is read with.
    var naming: TorchNaming {
        TorchNaming(wrappers: wrappers, prefixes: Self.modulePrefixes + prefixes)
    }

    /// Why a weight is left out; nil for one that the mapping says nothing of.
    func reasonToDrop(_ name: String) -> String? {
        dropped.first { name.hasPrefix($0.beginning) }?.reason
    }

    /// Whether another mapping reads the same of every file, but for errors.
    package func readsLike(_ other: WeightMapping) -> Bool {
        wrappers == other.wrappers && prefixes == other.prefixes
    }
}

extension WeightMapping: Encodable {
    enum CodingKeys: CodingKey { case wrappers, prefixes }

    /// Encodes what can change the weights read. What is dropped cannot.
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(wrappers, forKey: .wrappers)
        try values.encode(prefixes, forKey: .prefixes)
    }
}
