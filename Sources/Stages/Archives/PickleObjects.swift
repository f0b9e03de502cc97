/// What a pickle may ask to have built: the whole allow-list. None of it runs anything; each is made
/// here, of values.
enum PickleConstructor: Sendable, Hashable {
    case orderedDictionary, set, size, rebuildParameter
    /// `_rebuild_tensor` with 4 arguments, `_rebuild_tensor_v2` with 6 or 7.
    case rebuildTensor(argumentCounts: ClosedRange<Int>)
    case storage(ElementType)
    /// One of those of NumPy.
    case numpy(NumpyConstructor)
    /// Something that training programs leave beside their weights, and nobody reads.
    case inert

    /// Finds a constructor by module and name; nil for everything that is refused.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("builtins", "set"), ("__builtin__", "set"): self = .set
        case ("torch", "Size"): self = .size
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor(argumentCounts: 4...4)
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor(argumentCounts: 6...7)
        case ("torch", _):
            guard let type = Self.storages[name] else { return nil }
            self = .storage(type)
        default: return nil
        }
    }

    /// What checkpoints of known programs hold beside weights: their options (DINO, iBOT, DeiT), and
    /// numbers of NumPy, whose bytes protocol 2 writes as encoded text. They are recognised, and
    /// nothing is made of them.
    static func isInert(module: String, name: String) -> Bool {
        switch (module, name) {
        case ("argparse", "Namespace"), ("numpy", "dtype"), ("_codecs", "encode"),
            ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"):
            true
        // The types of tensors, which files from before 0.2 name and the storages repeat.
        case ("torch", _) where name.hasSuffix("Tensor"):
            storages["\(name.dropLast("Tensor".count))Storage"] != nil
        default: false
        }
    }

    private static let storages: [String: ElementType] = [
        "HalfStorage": .float16, "BFloat16Storage": .bfloat16, "FloatStorage": .float32,
        "DoubleStorage": .float64, "CharStorage": .int8, "ShortStorage": .int16,
        "IntStorage": .int32, "LongStorage": .int64, "ByteStorage": .uint8, "BoolStorage": .bool,
    ]
}

/// A value of a pickle. Containers are positions in `PickleObjects`, so that sharing, cycles and
/// depth in a hostile file cost nothing to hold or release.
enum PickleValue: Sendable, Hashable {
    case none
    /// Something that no checkpoint needs the content of: text with escapes.
    case opaque
    /// Bytes, by their place in the pickle.
    case bytes(Range<Int>)
    case bool(Bool)
    case integer(Int)
    /// An integer above 64 bits: its little-endian bytes.
    case wide([UInt8])
    case real(Double)
    case text(String)
    case constructor(PickleConstructor)
    /// A list, set or tuple.
    case list(Int)
    case tuple(Int)
    case dictionary(Int)
    case storage(Int)
    case tensor(Int)
    /// What an inert constructor stands for.
    case inert
    /// Bytes that were written as text.
    case blob(Int)
    /// The type of the elements of a NumPy array.
    case elementType(ElementType)
    /// A NumPy array.
    case array(Int)

    var integer: Int? {
        if case .integer(let value) = self { value } else { nil }
    }

    var text: String? {
        if case .text(let value) = self { value } else { nil }
    }
}

/// The bytes below one or more tensors, as a pickle announces them.
struct TorchStorage: Sendable, Hashable {
    let key: String
    let elementType: ElementType
    /// Elements.
    let count: Int
}

/// A tensor as a pickle describes it.
struct TorchTensor: Sendable, Hashable {
    let storage: TorchStorage
    let layout: StridedLayout
}

/// All containers that a pickle built.
struct PickleObjects: Sendable {
    var sequences: [[PickleValue]] = []
    var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
    var storages: [TorchStorage] = []
    var tensors: [TorchTensor] = []
    var blobs: [[UInt8]] = []
    var arrays: [PickledArray] = []

    /// The elements of a list or tuple; nil for anything else.
    func elements(_ value: PickleValue) -> [PickleValue]? {
        switch value {
        case .list(let index), .tuple(let index): sequences[index]
        default: nil
        }
    }

    /// The integers of a list or tuple of at most as many elements as a tensor has axes; nil for
    /// anything else.
    func integers(_ value: PickleValue) -> [Int]? {
        guard let elements = elements(value), elements.count <= StridedLayout.maximumRank
        else { return nil }
        let integers = elements.compactMap(\.integer)
        return integers.count == elements.count ? integers : nil
    }

    /// The entries of a dictionary; nil for anything else.
    func entries(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
        if case .dictionary(let index) = value { dictionaries[index] } else { nil }
    }
}
