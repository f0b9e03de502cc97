/// The digests of everything outside the store that a graph reads. Each source is digested once,
/// however many units read it.
struct SourceStates: Sendable {
    private var states: [String: Result<SourceState, any Error>] = [:]
    /// Those that were digested: another source of the same name knows nothing of its content.
    private var digested: [String: any Source] = [:]

    /// Digests the sources of the units in `selection`.
    init(
        of graph: UnitGraph, _ selection: Set<UnitID>, _ fingerprints: any FingerprintCache
    ) {
        for unit in graph.units where selection.contains(unit.id) {
            for (_, source) in unit.definition.sources {
                let name = Self.name(source)
                if states[name] != nil { continue }
                digested[name] = source
                states[name] = Result { try source.digest(fingerprints) }
            }
        }
    }

    /// The state of a source; rethrows what went wrong with it.
    func state(of source: any Source) throws -> SourceState? {
        try states[Self.name(source)]?.get()
    }

    /// Whether a check of any source can find something.
    var areCheckable: Bool { digested.values.contains(where: \.isCheckable) }

    /// Checks the sources that some units read, directly or not. What is wrong with one takes the place
    /// of its state, so that every unit that reads it fails with it.
    ///
    /// - Returns: whether something is wrong.
    mutating func check(
        of graph: UnitGraph, neededBy units: Set<UnitID>,
        _ check: (_ location: String) -> SourceCheck
    ) -> Bool {
        let readers = graph.closure(of: units)
        var checked: Set<String> = []
        var isFailed = false
        for unit in graph.units where readers.contains(unit.id) {
            for (_, source) in unit.definition.sources {
                let name = Self.name(source)
                guard checked.insert(name).inserted, case .success? = states[name],
                    let source = digested[name], source.isCheckable
                else { continue }
                do {
                    try source.check(check(source.location))
                } catch is UnitInterrupted {
                    return isFailed
                } catch {
                    states[name] = .failure(error)
                    isFailed = true
                }
            }
        }
        return isFailed
    }

    private static func name(_ source: any Source) -> String {
        "\(type(of: source)):\(source.location)"
    }
}

extension UnitNode {
    /// The key document; nil while an input is not known, unless a part of it will do.
    ///
    /// - Parameter inputs: the records of the units it reads.
    /// - Throws: the error of a source.
    func document(
        inputs: (UnitID) -> UnitRecord?, sources: SourceStates, isPartial: Bool = false
    ) throws -> KeyDocument? {
        var inputDigests: [String: Digest] = [:]
        for (role, unit) in definition.inputs {
            guard let record = inputs(unit) else {
                if isPartial { continue }
                return nil
            }
            precondition(inputDigests[role] == nil, "unit '\(name)' has two inputs '\(role)'")
            inputDigests[role] = record.digest(ofView: definition.inputViews[role])
        }
        var sourceDigests: [String: Digest] = [:]
        for (role, source) in definition.sources {
            guard let state = try sources.state(of: source) else { return nil }
            // A source may name its content by any text; the document has SHA-256 throughout.
            sourceDigests[role] = Digest(hex: state.digest) ?? Digest(of: state.digest)
        }
        return KeyDocument(
            kind: definition.kind, version: definition.version,
            parameters: definition.parameters, seed: definition.seed, inputs: inputDigests,
            sources: sourceDigests)
    }

    /// Checks what the unit is to do with its sources by what is known of them.
    ///
    /// - Throws: what is wrong, as an `InputError`, or the error of a source.
    func check(_ sources: SourceStates) throws {
        try definition.check(try facts(sources))
    }

    /// The facts about its sources, by role.
    ///
    /// - Throws: the error of a source.
    func facts(_ sources: SourceStates) throws -> [String: SourceFacts] {
        var facts: [String: SourceFacts] = [:]
        for (role, source) in definition.sources {
            facts[role] = try sources.state(of: source)?.facts
        }
        return facts
    }
}
