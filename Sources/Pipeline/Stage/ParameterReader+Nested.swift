// Lists, nested mappings and choices.

extension ParameterReader {
    /// Reads a list of integers.
    public func integers(
        _ key: String, default fallback: [Int]? = nil, in range: ClosedRange<Int>? = nil
    ) -> [Int] {
        let limits =
            range.map {
                $0.upperBound == .max
                    ? " of at least \($0.lowerBound)" : " from \($0.lowerBound) to \($0.upperBound)"
            } ?? ""
        return list(key, default: fallback, must: "a list of integers\(limits)") {
            guard case .scalar(.integer(let value), _) = $0.content else { return nil }
            return range?.contains(value) ?? true ? value : nil
        }
    }

    /// Reads a list of finite numbers.
    public func reals(_ key: String, default fallback: [Double]? = nil) -> [Double] {
        list(key, default: fallback, must: "a list of numbers") {
            switch $0.content {
            case .scalar(.integer(let value), _): Double(value)
            case .scalar(.real(let value), _) where value.isFinite: value
            default: nil
            }
        }
    }

    /// Reads a list of texts.
    public func strings(_ key: String, default fallback: [String]? = nil) -> [String] {
        list(key, default: fallback, must: "a list of texts", \.string)
    }

    /// Reads a nested mapping; nil when it is absent. A mistake is reported when it is required.
    public func mapping(_ key: String, isRequired: Bool = false) -> ParameterReader? {
        guard let node = node(key) else {
            if isRequired { report(key, "is missing") }
            return nil
        }
        if let entries = node.entries { return child(key, place: node.place, entries: entries) }
        if node.isUnresolved { return nil }
        report(key, "must be a mapping, found \(node.found)")
        return nil
    }

    /// Reads a list of mappings, at least one: a reader for each.
    public func mappings(_ key: String) -> [ParameterReader] {
        guard let node = node(key) else {
            report(key, "is missing")
            return []
        }
        if node.isUnresolved { return [] }
        guard let elements = node.elements, !elements.isEmpty else {
            report(key, "must be a list of mappings, found \(node.found)")
            return []
        }
        return elements.enumerated().compactMap { index, element in
            let name = "\(key)[\(index + 1)]"
            if let entries = element.entries {
                return child(name, place: element.place, entries: entries)
            }
            reportHere(
                "parameter '\(path)\(name)' must be a mapping, found \(element.found)",
                at: element.place)
            return nil
        }
    }

    /// The keys of a nested mapping, in file order; empty when the value is none. Asking makes the
    /// key known and reports nothing.
    public func keys(of key: String) -> [String] {
        node(key)?.entries?.map(\.key) ?? []
    }

    /// Reads a choice: a name (`constant`) or a mapping of one name to its parameters
    /// (`{cosine: {warm-up: 5}}`).
    ///
    /// - Parameters:
    ///   - fallback: the name that an absent key stands for; nil makes the key required.
    ///   - options: by name, what reads the parameters of the choice (none after a bare name).
    /// - Precondition: `options` is not empty and holds `fallback`.
    public func choice<T>(
        _ key: String, default fallback: String? = nil,
        _ options: [String: (ParameterReader) -> T]
    ) -> T {
        guard let node = node(key) else {
            if fallback == nil { report(key, "is missing", hint: Self.list(options.keys)) }
            return standIn(options, fallback)
        }
        if node.isUnresolved { return standIn(options, fallback) }
        if let name = node.string {
            if let option = options[name] {
                return option(child("\(key).\(name)", place: node.place, entries: []))
            }
            reportChoice(key, name, options.keys)
        } else if let entries = node.entries, entries.count == 1, let entry = entries.first {
            if let option = options[entry.key] {
                return read(entry, under: key, option)
            }
            reportChoice(key, entry.key, options.keys)
        } else {
            report(
                key, "must be a name or a mapping of one name, found \(node.found)",
                hint: Self.list(options.keys))
        }
        return standIn(options, fallback)
    }

    /// Reads a choice that is spelled as a key of this very mapping (`with: {multi-centroid: {…}}`,
    /// or `with: {covariance: }`): exactly one of the options.
    ///
    /// - Parameter fallback: the name that no key at all stands for; nil makes one key required.
    /// - Precondition: `options` is not empty and holds `fallback`.
    public func oneOf<T>(
        default fallback: String? = nil, _ options: [String: (ParameterReader) -> T]
    ) -> T {
        let names = options.keys.sorted()
        for name in names { _ = has(name) }
        let given = entries(among: names)
        if let entry = given.first, given.count == 1, let option = options[entry.key] {
            return read(entry, under: nil, option)
        }
        if given.count > 1 {
            reportHere("only one of \(Self.quoted(names)) may be given", at: given[1].keyPlace)
        } else if fallback == nil {
            reportHere("one of \(Self.quoted(names)) is missing", at: place)
        }
        return standIn(options, fallback)
    }

    /// Reads the parameters of a chosen option: a mapping, or nothing.
    private func read<T>(
        _ entry: SpecEntry, under key: String?, _ option: (ParameterReader) -> T
    ) -> T {
        let name = key.map { "\($0).\(entry.key)" } ?? entry.key
        let node = entry.value
        if node.value == .null { return option(child(name, place: node.place, entries: [])) }
        if let entries = node.entries {
            return option(child(name, place: node.place, entries: entries))
        }
        if !node.isUnresolved {
            reportHere(
                "parameter '\(path)\(name)' must be a mapping, found \(node.found)",
                at: node.place)
        }
        return option(silent)
    }

    private func list<T>(
        _ key: String, default fallback: [T]?, must: String, _ convert: (SpecNode) -> T?
    ) -> [T] {
        read(key, default: fallback, standIn: [], must: must) { node in
            guard let elements = node.elements else { return nil }
            return elements.compactMap { element in
                let value = convert(element)
                if value == nil {
                    reportHere(
                        "parameter '\(path)\(key)' must be \(must), found \(element.found) in it",
                        at: element.place)
                }
                return value
            }
        }
    }

    private func standIn<T>(
        _ options: [String: (ParameterReader) -> T], _ fallback: String?
    ) -> T {
        let name = fallback ?? options.keys.min() ?? ""
        guard let option = options[name] else {
            preconditionFailure("no option '\(name)' among \(options.keys.sorted())")
        }
        return option(silent)
    }

    private func reportChoice(_ key: String, _ name: String, _ names: some Sequence<String>) {
        report(
            key, "has no choice '\(Printable.quoted(name))'",
            hint: NearestName.hintOrList(name, among: names))
    }

    private static func list(_ names: some Sequence<String>) -> String {
        "one of " + quoted(names.sorted())
    }

    private static func quoted(_ names: [String]) -> String {
        names.map { "'\($0)'" }.joined(separator: ", ")
    }
}
