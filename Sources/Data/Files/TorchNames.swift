import Pipeline

/// The tensors of an unpickled checkpoint by name, and what was done to the names.
struct TorchNames {
    /// The greatest depth of dictionaries and lists.
    static let maximumDepth = 64
    /// The greatest number of values looked at; a hostile file can refer to one many times.
    static let maximumVisitCount = 1 << 20
    /// The greatest length of a name in bytes.
    static let maximumNameByteCount = 1024
    /// The greatest length of all names in bytes.
    static let maximumByteCount = 1 << 26

    private(set) var tensors: [(name: String, tensor: TorchTensor)] = []
    private(set) var log: [String] = []
    private let objects: PickleObjects
    private let naming: TorchNaming
    private var visitCount = 0
    private var byteCount = 0
    private var unnamedCount = 0

    /// Why a structure has no names.
    struct Problem: Error { let text: String }

    /// Lists the tensors: nested names are joined by dots; a tensor alone is called `tensor`.
    ///
    /// - Parameter naming: which dictionary is opened, and which beginnings of names are removed.
    init(
        _ value: PickleValue, _ objects: PickleObjects, naming: TorchNaming
    ) throws(Problem) {
        self.objects = objects
        self.naming = naming
        if case .tensor(let index) = value {
            tensors = [("tensor", objects.tensors[index])]
            return
        }
        if let name = objects.inertName(value), objects.entries(value) == nil {
            throw Problem(
                text: "is one object of '\(Printable.quoted(name, limit: 200))', "
                    + "not a dictionary of weights")
        }
        try collect(unwrapped(value), prefix: "", depth: 0)
        if unnamedCount > 0 {
            log.append("left out, under keys that are neither text nor numbers: \(unnamedCount)")
        }
        if let line = UnbuiltObjects(value, objects).line { log.append(line) }
        for prefix in naming.prefixes { strip(prefix) }
        var seen: Set<String> = []
        for (name, _) in tensors where !seen.insert(name).inserted {
            throw Problem(text: "holds two tensors '\(Printable.quoted(name, limit: 200))'")
        }
    }

    /// The dictionary inside one that holds weights under a known key and no tensors itself.
    private mutating func unwrapped(_ value: PickleValue) -> PickleValue {
        var value = value
        for _ in naming.wrappers {
            guard let entries = objects.entries(value),
                !entries.contains(where: { isTensor($0.value) })
            else { break }
            let candidates = entries.filter { objects.entries($0.value) != nil }
            let inner = naming.wrappers.compactMap { wrapper in
                candidates.last { $0.key == .text(wrapper) }
            }.first
            guard let inner, let name = inner.key.text else { break }
            let others = entries.compactMap(\.key.text).filter { $0 != name }.prefix(20)
                .map { Printable.quoted($0) }
            log.append(
                "weights taken from '\(name)'"
                    + (others.isEmpty ? "" : "; left out: \(others.joined(separator: ", "))"))
            value = inner.value
        }
        return value
    }

    private func isTensor(_ value: PickleValue) -> Bool {
        if case .tensor = value { true } else { false }
    }

    private mutating func collect(
        _ value: PickleValue, prefix: String, depth: Int
    ) throws(Problem) {
        visitCount += 1
        guard depth <= Self.maximumDepth, visitCount <= Self.maximumVisitCount else {
            throw Problem(text: "is nested too deeply")
        }
        if case .tensor(let index) = value {
            byteCount += prefix.utf8.count
            guard byteCount <= Self.maximumByteCount else {
                throw Problem(text: "has names of more than \(Self.maximumByteCount) bytes")
            }
            tensors.append((prefix, objects.tensors[index]))
        } else if let entries = objects.entries(value) {
            for (key, value) in entries where isContainer(value) {
                // What has a key of another kind is no weight: states of callbacks, by their class.
                guard let name = Self.name(key) else {
                    unnamedCount += 1
                    continue
                }
                try collect(value, prefix: try Self.joined(prefix, name), depth: depth + 1)
            }
        } else if let elements = objects.elements(value) {
            for (index, element) in elements.enumerated() where isContainer(element) {
                try collect(element, prefix: try Self.joined(prefix, "\(index)"), depth: depth + 1)
            }
        }
    }

    /// Whether a value is a tensor or may hold one.
    private func isContainer(_ value: PickleValue) -> Bool {
        switch value {
        case .tensor, .dictionary, .list, .tuple: true
        default: false
        }
    }

    private static func name(_ key: PickleValue) -> String? {
        key.text ?? key.integer.map { "\($0)" }
    }

    private static func joined(_ prefix: String, _ name: String) throws(Problem) -> String {
        guard prefix.utf8.count + name.utf8.count < maximumNameByteCount else {
            throw Problem(text: "has a name above \(maximumNameByteCount) bytes")
        }
        return prefix.isEmpty ? name : "\(prefix).\(name)"
    }

    /// Removes a prefix from the names that have it, unless names would then be equal.
    private mutating func strip(_ prefix: String) {
        let names = tensors.map { tensor in
            tensor.name.hasPrefix(prefix)
                ? String(tensor.name.dropFirst(prefix.count)) : tensor.name
        }
        let count = tensors.count { $0.name.hasPrefix(prefix) }
        guard count > 0, Set(names).count == names.count else { return }
        log.append("prefix '\(prefix)' removed from \(count) of \(names.count) names")
        tensors = zip(names, tensors).map { ($0, $1.tensor) }
    }
}
