/// Reads a pipeline file and the files it includes. Mistakes are collected, not thrown.
package struct SpecParser {
    /// The keys of a pipeline file.
    package static let keys = [
        "pipeline", "about", "profile", "variables", "include", "stages", "matrix", "tables",
    ]
    let problems: ProblemList
    private(set) var spec = PipelineSpec()
    /// The included files that are open, and what was read so far.
    var includes = IncludeChain()
    /// Where variables and stages stand in `spec`.
    private var variablePositions: [String: Int] = [:]
    private var stagePlaces: [String: Place] = [:]

    init(problems: ProblemList) {
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
        parser.includes.begin(with: path, byteCount: bytes.count)
        if let root = parser.root(bytes, file: path) {
            parser.parseMain(root)
        }
        return parser.spec
    }

    /// The bytes of a file, of one that is too large a few more than may be read.
    static func read(_ path: String) throws(InputText.Failure) -> [UInt8] {
        try InputText.bytes(of: path, limit: YAMLComposer.byteLimit)
    }

    /// The entries of the one mapping that a file must be.
    func root(_ bytes: [UInt8], file: String) -> SpecNode? {
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
        parseParts(fields)
        if let node = text(fields["pipeline"], "'pipeline'") {
            spec.name = node
        } else if fields["pipeline"] == nil {
            problems.report(root.place, "key 'pipeline' is missing")
        }
        spec.about = text(fields["about"], "'about'")
        if let node = fields["profile"] { parseProfile(node) }
        if fields["stages"] == nil, spec.stages.isEmpty {
            problems.report(root.place, "key 'stages' is missing")
        }
    }

    /// Reads what an included file may hold too.
    mutating func parseParts(_ fields: [String: SpecNode]) {
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
                node.place, "unknown profile '\(Printable.quoted(name))'",
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
            if let index = variablePositions[entry.key] {
                spec.variables[index] = variable
            } else {
                variablePositions[entry.key] = spec.variables.count
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
            if let earlier = stagePlaces[entry.key] {
                problems.report(
                    entry.keyPlace,
                    "stage '\(Printable.quoted(entry.key))' is already declared in \(earlier)")
            } else {
                stagePlaces[entry.key] = entry.keyPlace
                spec.stages.append(stage(entry))
            }
        }
    }

    private func stage(_ entry: SpecEntry) -> StageSpec {
        let owner = "stage '\(Printable.quoted(entry.key))'"
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
            guard let stage = text(entry.value, "\(owner): need '\(Printable.quoted(entry.key))'")
            else { return nil }
            return NeedSpec(
                role: entry.key, rolePlace: entry.keyPlace, stage: stage, place: entry.value.place)
        }
    }

    /// A matrix that is given again replaces that of an included file, and so do tables.
    private mutating func parseMatrix(_ node: SpecNode) {
        spec.axes = []
        for entry in entries(node, "'matrix'") {
            let must = "matrix axis '\(Printable.quoted(entry.key))' must be a list of values"
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
                        value.place,
                        "matrix axis '\(Printable.quoted(entry.key))' has the value '\(Printable.quoted(text))' twice"
                    )
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
                    entry.keyPlace, "\(prefix)unknown key '\(Printable.quoted(entry.key))'",
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
                "\(what) name '\(Printable.quoted(entry.key))' may only hold letters, digits and hyphens"
            )
        }
    }
}
