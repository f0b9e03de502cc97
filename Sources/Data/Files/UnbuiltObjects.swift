import Pipeline

/// What a pickle holds besides numbers, text and tensors, and where: for the log of whoever reads it.
struct UnbuiltObjects {
    /// The greatest number of values looked at.
    private static let maximumVisitCount = 1 << 16
    /// The greatest number of classes named, and of places of each.
    private static let maximumNames = 10
    private static let maximumPlaces = 3

    /// How the line begins.
    static let beginning = "left unbuilt"

    private let objects: PickleObjects
    private var places: [(name: String, keys: [String])] = []
    private var indices: [String: Int] = [:]
    private var visitCount = 0

    init(_ value: PickleValue, _ objects: PickleObjects) {
        self.objects = objects
        guard !objects.inertNames.isEmpty else { return }
        for (key, value) in objects.entries(value) ?? [] {
            look(at: value, below: key.text ?? key.integer.map { "\($0)" } ?? "", depth: 0)
        }
        // What lies inside of others has no place of its own.
        for index in objects.unbuilt.sorted() { note(objects.inertNames[index], nil) }
    }

    /// `left unbuilt: collections.Counter under 'callbacks'`; nil when nothing was.
    var line: String? {
        guard !places.isEmpty else { return nil }
        let shown = places.prefix(Self.maximumNames).map { name, keys in
            let keys = keys.map { "'\(Printable.quoted($0))'" }
            return Printable.quoted(InertGlobals.words(name), limit: 100)
                + (keys.isEmpty ? "" : " under \(keys.joined(separator: ", "))")
        }
        let more = places.count - shown.count
        return "\(Self.beginning): " + shown.joined(separator: "; ")
            + (more > 0 ? "; \(more) more" : "")
    }

    private mutating func look(at value: PickleValue, below key: String, depth: Int) {
        visitCount += 1
        guard depth <= TorchNames.maximumDepth, visitCount <= Self.maximumVisitCount else {
            return
        }
        if let name = objects.inertName(value) { note(name, key) }
        if let entries = objects.entries(value) {
            for (_, value) in entries where visitCount <= Self.maximumVisitCount {
                look(at: value, below: key, depth: depth + 1)
            }
        } else if let elements = objects.elements(value) {
            for element in elements where visitCount <= Self.maximumVisitCount {
                look(at: element, below: key, depth: depth + 1)
            }
        }
    }

    private mutating func note(_ name: String, _ key: String?) {
        guard !InertGlobals.isPlumbing(name, isByItself: key != nil) else { return }
        guard let index = indices[name] else {
            indices[name] = places.count
            places.append((name, key.map { [$0] } ?? []))
            return
        }
        guard let key, places[index].keys.count < Self.maximumPlaces,
            !places[index].keys.contains(key)
        else { return }
        places[index].keys.append(key)
    }
}
