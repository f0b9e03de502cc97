import Foundation

/// Reads a pipeline file and the files it includes. Mistakes are collected, not thrown.
package struct SpecParser {
    /// The keys of a pipeline file.
    package static let keys = [
        "pipeline", "about", "profile", "variables", "include", "stages", "matrix", "tables",
    ]
    /// The deepest chain of included files.
    static let includeLimit = 16

    let problems: ProblemList
    private(set) var spec = PipelineSpec()
    private var includeChain: [String] = []

    private init(problems: ProblemList) {
        self.problems = problems
    }

    /// Reads a file.
    ///
    /// - Throws: `UnreadableInput` when the file itself is missing or unreadable.
    package static func parse(
        _ path: String, problems: ProblemList
    ) throws(UnreadableInput) -> PipelineSpec {
        let bytes: [UInt8]
        do {
            bytes = try read(path)
        } catch {
            throw UnreadableInput(
                path: path, problem: "the pipeline file cannot be read: \(error.reason)")
        }
        var parser = SpecParser(problems: problems)
        parser.includeChain = [standardized(path)]
        if let root = parser.root(bytes, file: path) {
            parser.parseMain(root)
        }
        return parser.spec
    }

    /// Why a file cannot be read.
    struct ReadFailure: Error {
        let reason: String
    }

    /// The bytes of a file.
    static func read(_ path: String) throws(ReadFailure) -> [UInt8] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw ReadFailure(reason: "no such file")
        }
        if isFolder.boolValue { throw ReadFailure(reason: "it is a folder") }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ReadFailure(reason: "permission denied")
        }
        return Array(data)
    }

    private static func standardized(_ path: String) -> String {
        URL(filePath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }

    /// The entries of the one mapping that a file must be.
    private func root(_ bytes: [UInt8], file: String) -> SpecNode? {
        problems.files.append(file)
        let start = Place(file: file, line: 1, column: 1)
        do {
            let documents = try YAMLComposer.documents(bytes, file: file, problems: problems)
            if documents.count > 1 {
                problems.report(documents[1].place, "a pipeline file is one YAML document")
            }
            guard let first = documents.first, first.value != .null else {
                problems.report(start, "the file is empty")
                return nil
            }
            if first.entries != nil { return first }
            problems.report(first.place, "the file must be a mapping, found \(first.found)")
        } catch {
            problems.add(error)
        }
        return nil
    }

    private mutating func parseMain(_ root: SpecNode) {
        let fields = fields(of: root, known: Self.keys, in: nil)
        if let include = fields["include"] { parseIncludes(include) }
        if let node = text(fields["pipeline"], "'pipeline'") {
            spec.name = node
        } else if fields["pipeline"] == nil {
            problems.report(root.place, "key 'pipeline' is missing")
        }
        spec.about = text(fields["about"], "'about'")
        if let node = fields["profile"] { parseProfile(node) }
        if let node = fields["variables"] { parseVariables(node) }
        if let node = fields["stages"] { parseStages(node) }
        if fields["stages"] == nil, spec.stages.isEmpty {
            problems.report(root.place, "key 'stages' is missing")
        }
        if let node = fields["matrix"] { parseMatrix(node) }
        if let node = fields["tables"] { spec.tables = tables(node) }
    }

    // MARK: Included files

    private mutating func parseIncludes(_ node: SpecNode) {
        for element in node.elements ?? [node] {
            guard let path = element.string, !path.isEmpty else {
                problems.report(
                    element.place,
                    "'include' must be a path or a list of paths, found \(element.found)")
                continue
            }
            include(path, at: element.place)
        }
    }

    private mutating func include(_ written: String, at place: Place) {
        let path = written.replacing("${here}", with: Variables.folder(of: place.file))
        let identity = Self.standardized(path)
        guard !includeChain.contains(identity) else {
            problems.report(place, "file '\(path)' includes itself")
            return
        }
        guard includeChain.count < Self.includeLimit else {
            problems.report(place, "more than \(Self.includeLimit) files include one another")
            return
        }
        let bytes: [UInt8]
        do {
            bytes = try Self.read(path)
        } catch {
            problems.add(
                SpecProblem(
                    place: place,
                    problem: "included file '\(path)' cannot be read: \(error.reason)",
                    isMissingFile: true))
            return
        }
        includeChain.append(identity)
        defer { includeChain.removeLast() }
        guard let root = root(bytes, file: path) else { return }
        let fields = fields(of: root, known: Self.keys, in: nil)
        if let node = fields["include"] { parseIncludes(node) }
        if let node = fields["variables"] { parseVariables(node) }
        if let node = fields["stages"] { parseStages(node) }
        if let node = fields["matrix"] { parseMatrix(node) }
        if let node = fields["tables"] { spec.tables = tables(node) }
    }

    // MARK: Parts

    private mutating func parseProfile(_ node: SpecNode) {
        guard let name = text(node, "'profile'") else { return }
        if let profile = Profile(rawValue: name) {
            spec.profile = profile
        } else {
            problems.report(
                node.place, "unknown profile '\(name)'",
                hint: NearestName.hintOrList(name, among: Profile.allCases.map(\.rawValue)))
        }
    }

    /// A variable that is declared again replaces the value of an included file.
    private mutating func parseVariables(_ node: SpecNode) {
        for entry in entries(node, "'variables'") {
            checkName(entry, "variable")
            if entry.key == Variables.here {
                problems.report(entry.keyPlace, "variable 'here' is the folder of the file")
                continue
            }
            let variable = VariableSpec(
                name: entry.key, place: entry.keyPlace, value: entry.value)
            if let index = spec.variables.firstIndex(where: { $0.name == entry.key }) {
                spec.variables[index] = variable
            } else {
                spec.variables.append(variable)
            }
        }
    }

    private mutating func parseStages(_ node: SpecNode) {
        let entries = entries(node, "'stages'")
        if entries.isEmpty, node.entries != nil {
            problems.report(node.place, "'stages' is empty")
        }
        for entry in entries {
            checkName(entry, "stage")
            if let earlier = spec.stages.first(where: { $0.name == entry.key }) {
                problems.report(
                    entry.keyPlace, "stage '\(entry.key)' is already declared in \(earlier.place)")
            } else {
                spec.stages.append(stage(entry))
            }
        }
    }

    private func stage(_ entry: SpecEntry) -> StageSpec {
        let owner = "stage '\(entry.key)'"
        let fields = fields(of: entry.value, known: ["uses", "needs", "with"], in: owner)
        let uses = fields["uses"]
        if uses == nil, entry.value.entries != nil {
            problems.report(entry.keyPlace, "\(owner): key 'uses' is missing")
        }
        let none = SpecNode(place: entry.keyPlace, content: .mapping([]))
        var parameters = fields["with"] ?? none
        // A variable may stand for the whole mapping; what it is shows when it is filled in.
        if parameters.entries == nil, !parameters.isOneVariable {
            if parameters.value != .null {
                problems.report(
                    parameters.place,
                    "\(owner): 'with' must be a mapping, found \(parameters.found)")
            }
            parameters = none
        }
        return StageSpec(
            name: entry.key, place: entry.keyPlace,
            uses: text(uses, "\(owner): 'uses'") ?? "", usesPlace: uses?.place ?? entry.keyPlace,
            needs: fields["needs"].map { needs($0, owner) } ?? [], parameters: parameters)
    }

    private func needs(_ node: SpecNode, _ owner: String) -> [NeedSpec] {
        entries(node, "\(owner): 'needs'").compactMap { entry in
            guard let stage = text(entry.value, "\(owner): need '\(entry.key)'") else { return nil }
            return NeedSpec(
                role: entry.key, rolePlace: entry.keyPlace, stage: stage, place: entry.value.place)
        }
    }

    /// A matrix that is given again replaces that of an included file, and so do tables.
    private mutating func parseMatrix(_ node: SpecNode) {
        spec.axes = []
        for entry in entries(node, "'matrix'") {
            let must = "matrix axis '\(entry.key)' must be a list of values"
            guard let values = entry.value.elements, !values.isEmpty else {
                let found = entry.value.elements == nil ? entry.value.found : "an empty list"
                problems.report(entry.value.place, "\(must), found \(found)")
                continue
            }
            var seen: Set<Value> = []
            for value in values {
                guard case .scalar(_, let text) = value.content else {
                    problems.report(value.place, "\(must), found \(value.found) in it")
                    continue
                }
                if !seen.insert(value.value).inserted {
                    problems.report(
                        value.place, "matrix axis '\(entry.key)' has the value '\(text)' twice")
                }
            }
            let scalars = values.filter { $0.elements == nil && $0.entries == nil }
            spec.axes.append(AxisSpec(name: entry.key, place: entry.keyPlace, values: scalars))
        }
    }
}

// MARK: Shapes

extension SpecParser {
    /// The values of a mapping whose keys are known; unknown keys are reported.
    func fields(of node: SpecNode, known: [String], in owner: String?) -> [String: SpecNode] {
        let prefix = owner.map { "\($0): " } ?? ""
        guard let entries = node.entries else {
            problems.report(node.place, "\(prefix)must be a mapping, found \(node.found)")
            return [:]
        }
        var fields: [String: SpecNode] = [:]
        for entry in entries {
            if known.contains(entry.key) {
                fields[entry.key] = entry.value
            } else {
                problems.report(
                    entry.keyPlace, "\(prefix)unknown key '\(entry.key)'",
                    hint: NearestName.hintOrList(entry.key, among: known))
            }
        }
        return fields
    }

    /// The entries of a mapping with free keys; nothing at all counts as an empty mapping.
    func entries(_ node: SpecNode, _ what: String) -> [SpecEntry] {
        if let entries = node.entries { return entries }
        problems.report(node.place, "\(what) must be a mapping, found \(node.found)")
        return []
    }

    /// The text of a node; reports every other kind. Nil for no node.
    func text(_ node: SpecNode?, _ what: String) -> String? {
        guard let node else { return nil }
        if let text = node.string, !text.isEmpty { return text }
        problems.report(node.place, "\(what) must be text, found \(node.found)")
        return nil
    }

    /// Reports a name that would be ambiguous in unit names and on the command line.
    private func checkName(_ entry: SpecEntry, _ what: String) {
        let isFine = entry.key.wholeMatch(of: #/[A-Za-z0-9][A-Za-z0-9_-]*/#) != nil
        if !isFine {
            problems.report(
                entry.keyPlace,
                "\(what) name '\(entry.key)' may only hold letters, digits and hyphens")
        }
    }
}
