/// What a pickle may ask to have built: the whole allow-list. None of it runs anything; each is made
/// here, of values.
enum PickleConstructor: Sendable, Hashable {
    case orderedDictionary, defaultDictionary, set, size
    /// A tensor, with what programs attach to it behind: `_rebuild_parameter` and its like.
    case rebuildParameter(argumentCount: Int)
    /// A function that makes a tensor, the class, its arguments, and what was attached to it.
    case rebuildFromType
    /// `_rebuild_tensor` with 4 arguments, `_rebuild_tensor_v2` with 6 or 7.
    case rebuildTensor(argumentCounts: ClosedRange<Int>)
    case storage(ElementType)
    /// A storage of numbers that no reader here knows, and tensors over it, which are inert.
    case unreadStorage
    /// One of those of NumPy.
    case numpy(NumpyConstructor)
    /// Something that training programs leave beside their weights, and nobody reads: by its place
    /// in the names of `PickleObjects`.
    case inert(Int)
    /// A class of somebody's own, and the operation that named it.
    case own(Int, offset: Int)

    /// Finds a constructor by module and name; nil for everything that is not built.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDictionary
        case ("collections", "defaultdict"): self = .defaultDictionary
        case ("builtins", "set"), ("__builtin__", "set"): self = .set
        case ("torch", "Size"): self = .size
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter(argumentCount: 3)
        case ("torch._utils", "_rebuild_parameter_with_state"):
            self = .rebuildParameter(argumentCount: 4)
        case ("torch._utils", "_rebuild_tensor"): self = .rebuildTensor(argumentCounts: 4...4)
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor(argumentCounts: 6...7)
        case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildFromType
        case ("torch.storage", "UntypedStorage"): self = .unreadStorage
        case ("torch", _) where Self.unreadStorages.contains(name): self = .unreadStorage
        case ("torch", _):
            guard let type = Self.storages[name] else { return nil }
            self = .storage(type)
        default: return nil
        }
    }

    private static let unreadStorages: Set<String> = [
        "ComplexDoubleStorage", "ComplexFloatStorage", "QInt32Storage", "QInt8Storage",
        "QUInt2x4Storage", "QUInt4x2Storage", "QUInt8Storage", "UntypedStorage",
    ]
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
    /// An object that was stepped over: the place of its class in the names of `PickleObjects`.
    case inert(Int)
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
    /// The classes and functions that are stepped over, as `module.name`, each once.
    private(set) var inertNames: [String] = []
    /// Those of them of which there was an object.
    private(set) var unbuilt: Set<Int> = []
    /// Dictionaries with a function for missing keys, and the place of their class.
    var defaultDictionaries: [Int: Int] = [:]
    private var inertPlaces: [String: Int] = [:]

    /// Returns the place of a class that is stepped over.
    mutating func place(ofInert name: String) -> Int {
        if let place = inertPlaces[name] { return place }
        inertNames.append(name)
        inertPlaces[name] = inertNames.count - 1
        return inertNames.count - 1
    }

    /// Notes an object of such a class.
    mutating func stepOver(_ place: Int) -> PickleValue {
        unbuilt.insert(place)
        return .inert(place)
    }

    /// The class of a value that was stepped over or, of a class by itself, its name; nil for others.
    func inertName(_ value: PickleValue) -> String? {
        switch value {
        case .inert(let place), .constructor(.inert(let place)), .constructor(.own(let place, _)):
            inertNames[place]
        case .dictionary(let index): defaultDictionaries[index].map { inertNames[$0] }
        default: nil
        }
    }

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
