import Data
import Engine
import Pipeline

/// A file of initial values as an input of a unit: its digest is the SHA-256 of the file.
struct InitialValuesSource: Source {
    let path: String

    var location: String { path }

    func digest(_ fingerprints: any FingerprintCache) throws -> SourceState {
        try UnreadableInput.hinting(
            "the parameter 'initial' of the stage names the file of initial values"
        ) {
            let fingerprint = try fingerprints.fingerprint(of: path)
            return SourceState(
                digest: fingerprint.sha256, facts: ["bytes": fingerprint.byteCount])
        }
    }
}

/// Initial values that a user gives, to replay a run of another program: a checkpoint file with the names
/// of the PET's parameters, `head.weight` and `head.bias` (and `fc_norm.weight` and `fc_norm.bias` of a
/// model whose features are not normalised), or an artifact of a store.
struct InitialValues {
    private let path: String
    private let values: [String: Tensor]

    /// Reads a file.
    ///
    /// - Throws: `UnreadableInput` when it is missing, damaged, or holds something else than numbers.
    init(path: String) throws(UnreadableInput) {
        self.path = path
        // A damaged file may take libhdf5 down: a process of its own reads it first.
        if try ArtifactDescription.isHDF5(path) { _ = try ForeignFile(path).hdf5() }
        if let artifact = try Artifact.stored(at: path) {
            values = Self.parameters(of: artifact)
            for (name, tensor) in values.sorted(by: { $0.key < $1.key }) {
                guard let found = tensor.nonFinite else { continue }
                throw UnreadableInput(path: path, problem: "holds \(found), in '\(name)'")
            }
            return
        }
        let file = try CheckpointFile(path)
        var values: [String: Tensor] = [:]
        for name in file.names {
            let array = try file.array(name)
            guard let floats = array.floats else {
                throw UnreadableInput(
                    path: path,
                    problem: "'\(name)' has elements of type \(array.elementType.rawValue)",
                    hint: "initial values are floating-point numbers")
            }
            try file.checkFinite(floats, of: array, named: name)
            values[name] = Tensor(shape: array.shape, floats)
        }
        self.values = values
    }

    /// The PET and the head of an artifact; it holds other arrays besides, which are no initial values.
    private static func parameters(of artifact: Artifact) -> [String: Tensor] {
        // The names of a head are those of its group elsewhere.
        let groups = [
            (Group.pet, ""), (Group.mapping(of: Group.head), ""), (Group.head, "head."),
        ]
        var values: [String: Tensor] = [:]
        for (name, array) in artifact.arrays {
            guard case .float32(let floats) = array.elements else { continue }
            let tensor = Tensor(shape: array.shape, floats)
            for (group, prefix) in groups where name.hasPrefix(group + "/") {
                values[prefix + name.dropFirst(group.count + 1)] = tensor
            }
        }
        return values
    }

    /// Checks that the file holds what may be in it, and no more.
    ///
    /// - Parameter groups: sets of parameters, each of which the file gives in full or not at all.
    /// - Throws: `UnreadableInput` that lists every name and shape at fault.
    func check(against groups: [ParameterSet]) throws(UnreadableInput) {
        var faults: [String] = []
        for group in groups where group.names.contains(where: { values[$0] != nil }) {
            for (name, tensor) in zip(group.names, group.tensors) {
                guard let given = values[name] else {
                    faults.append("'\(name)' \(tensor.shape) is missing")
                    continue
                }
                if given.shape != tensor.shape {
                    faults.append(
                        "'\(name)' has shape \(given.shape), expected \(tensor.shape)")
                }
            }
        }
        let known = Set(groups.flatMap(\.names))
        faults += values.keys.filter { !known.contains($0) }.sorted().map { "'\($0)' is unknown" }
        if values.isEmpty { faults.append("it holds no initial values") }
        guard !faults.isEmpty else { return }
        throw UnreadableInput(
            path: path, problem: "initial values do not fit: \(faults.joined(separator: "; "))",
            hint: "known are \(known.sorted().map { "'\($0)'" }.joined(separator: ", "))")
    }

    /// The set with the values of the file in place of its own; nil where the file gives none of it.
    func replacing(_ set: ParameterSet) -> ParameterSet? {
        guard set.names.contains(where: { values[$0] != nil }) else { return nil }
        return ParameterSet(zip(set.names, set.tensors).map { ($0, values[$0] ?? $1) })
    }
}
