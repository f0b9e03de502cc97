/// Reads the parameters of a stage from `with:`, after variables are filled in.
///
/// No method throws: a mistake is collected with its place, and a stand-in of the right type is
/// handed back, so that all mistakes are found in one pass. Keys that are never asked for are
/// mistakes too. A parameter without a default is required.
public final class ParameterReader {
    /// The name of the stage, for messages.
    let stage: String
    /// The keys that lead here from `with:`, joined by dots and ending in one; empty at the top.
    let path: String
    /// The place to name when a key is missing.
    let place: Place
    /// The rule set of the file: it chooses the defaults of toggles.
    public let profile: Profile
    private let entries: [SpecEntry]
    private let problems: ProblemList
    private let deviations: DeviationList
    private var known: Set<String> = []
    private var children: [ParameterReader] = []

    package init(
        stage: String, path: String = "", place: Place, entries: [SpecEntry],
        problems: ProblemList, profile: Profile = .reference,
        deviations: DeviationList = DeviationList()
    ) {
        self.stage = stage
        self.path = path
        self.place = place
        self.entries = entries
        self.problems = problems
        self.profile = profile
        self.deviations = deviations
    }

    /// Notes the value in effect of a setting whose default the profile chooses; a deviation where it
    /// is not that default.
    public func note(_ setting: String, value: String, standard: String) {
        guard value != standard else { return }
        deviations.add(
            ProfileDeviation(stage: stage, setting: setting, value: value, standard: standard))
    }

    /// The keys that the file gives, in file order.
    public var keys: [String] { entries.map(\.key) }

    /// Whether the file gives a value, other than null, for a key. Asking makes the key known.
    public func has(_ key: String) -> Bool {
        node(key) != nil
    }

    /// Reports a mistake in the value of a key, or in the absence of the key.
    public func report(_ key: String, _ problem: String, hint: String? = nil) {
        let place = entries.first { $0.key == key }?.value.place ?? place
        problems.report(
            place,
            "stage '\(Printable.quoted(stage))': parameter '\(shown(key))' \(problem)", hint: hint)
    }

    /// Reports the keys that nobody asked for, here and in every nested mapping.
    package func finish() {
        for entry in entries where !known.contains(entry.key) {
            problems.report(
                entry.keyPlace,
                "stage '\(Printable.quoted(stage))': unknown parameter '\(shown(entry.key))'",
                hint: NearestName.hintOrList(entry.key, among: known))
        }
        for child in children { child.finish() }
    }

    /// The node of a key, nil when absent or null; makes the key known.
    func node(_ key: String) -> SpecNode? {
        known.insert(key)
        let node = entries.first { $0.key == key }?.value
        return node?.value == .null ? nil : node
    }

    /// The value of a key by `convert`, or the default; reports what is missing or of another type.
    func read<T>(
        _ key: String, default fallback: T?, standIn: T, must: String,
        _ convert: (SpecNode) -> T?
    ) -> T {
        guard let node = node(key) else {
            if fallback == nil { report(key, "is missing") }
            return fallback ?? standIn
        }
        if node.isUnresolved { return fallback ?? standIn }
        if let value = convert(node) { return value }
        report(key, "must be \(must), found \(node.found)")
        return fallback ?? standIn
    }

    /// The entries with one of these keys, in file order.
    func entries(among names: [String]) -> [SpecEntry] {
        entries.filter { names.contains($0.key) }
    }

    /// Reports a mistake of the stage that belongs to no single key.
    func reportHere(_ problem: String, at place: Place) {
        problems.report(place, "stage '\(Printable.quoted(stage))': \(problem)")
    }

    /// A key with those that lead to it, for messages.
    func shown(_ key: String) -> String { path + Printable.quoted(key) }

    /// A reader for a nested mapping.
    func child(_ key: String, place: Place, entries: [SpecEntry]) -> ParameterReader {
        let child = ParameterReader(
            stage: stage, path: "\(path)\(key).", place: place, entries: entries,
            problems: problems, profile: profile, deviations: deviations)
        children.append(child)
        return child
    }

    /// A reader over the same parameters whose reports go nowhere: for what another reader has
    /// already reported.
    public var unreported: ParameterReader {
        ParameterReader(
            stage: stage, path: path, place: place, entries: entries, problems: ProblemList(),
            profile: profile)
    }

    /// A reader over nothing whose reports go nowhere: for stand-ins.
    var silent: ParameterReader {
        ParameterReader(
            stage: stage, path: path, place: place, entries: [], problems: ProblemList(),
            profile: profile)
    }
}

// MARK: Scalars

extension ParameterReader {
    /// Reads an integer.
    public func integer(
        _ key: String, default fallback: Int? = nil, in range: ClosedRange<Int>? = nil
    ) -> Int {
        read(
            key, default: fallback, standIn: range?.lowerBound ?? 1,
            must: Self.words("an integer", range)
        ) { Self.integer($0, in: range) }
    }

    /// Reads an integer that may be left out.
    public func optionalInteger(_ key: String, in range: ClosedRange<Int>? = nil) -> Int? {
        has(key) ? integer(key, in: range) : nil
    }

    /// Reads a finite number; an integer in the file will do.
    public func real(
        _ key: String, default fallback: Double? = nil, in range: ClosedRange<Double>? = nil
    ) -> Double {
        read(
            key, default: fallback, standIn: range?.lowerBound ?? 1,
            must: Self.words("a number", range)
        ) { Self.real($0, in: range) }
    }

    /// Reads a finite number that may be left out.
    public func optionalReal(_ key: String, in range: ClosedRange<Double>? = nil) -> Double? {
        has(key) ? real(key, in: range) : nil
    }

    /// Reads text. Numbers and truth values are not text.
    public func string(_ key: String, default fallback: String? = nil) -> String {
        read(key, default: fallback, standIn: "", must: "text", \.string)
    }

    /// Reads text that may be left out.
    public func optionalString(_ key: String) -> String? {
        has(key) ? string(key) : nil
    }

    /// Reads `true` or `false`.
    public func bool(_ key: String, default fallback: Bool? = nil) -> Bool {
        read(key, default: fallback, standIn: false, must: "true or false") {
            if case .scalar(.bool(let value), _) = $0.content { value } else { nil }
        }
    }

    /// Reads a path: `~` is the home folder, relative paths are relative to the current directory.
    public func path(_ key: String, default fallback: String? = nil) -> String {
        let path = read(key, default: fallback, standIn: ".", must: "a path") {
            $0.string.flatMap { $0.isEmpty ? nil : UserPath.expanded($0) }
        }
        if let variable = UserPath.variable(of: path) {
            report(
                key, "begins with '\(Printable.quoted(variable))', which nothing fills in",
                hint: "\"${name}\" is a variable of the file and '~' the home folder; "
                    + "a folder of that name is './\(Printable.quoted(variable))'")
        }
        return path
    }

    /// Reads one of a few names.
    public func name(_ key: String, default fallback: String? = nil, of names: [String]) -> String {
        let name = string(key, default: fallback)
        guard node(key)?.string != nil, !names.contains(name) else { return name }
        report(
            key, "has no choice '\(Printable.quoted(name))'",
            hint: NearestName.hintOrList(name, among: names))
        return fallback ?? names[0]
    }

    private static func integer(_ node: SpecNode, in range: ClosedRange<Int>?) -> Int? {
        guard case .scalar(.integer(let value), _) = node.content else { return nil }
        return range?.contains(value) ?? true ? value : nil
    }

    private static func real(_ node: SpecNode, in range: ClosedRange<Double>?) -> Double? {
        let value: Double
        switch node.content {
        case .scalar(.integer(let integer), _): value = Double(integer)
        case .scalar(.real(let real), _): value = real
        default: return nil
        }
        return value.isFinite && range?.contains(value) ?? true ? value : nil
    }

    private static func words(_ noun: String, _ range: ClosedRange<Int>?) -> String {
        guard let range else { return noun }
        if range.upperBound == .max { return "\(noun) of at least \(range.lowerBound)" }
        return "\(noun) from \(range.lowerBound) to \(range.upperBound)"
    }

    private static func words(_ noun: String, _ range: ClosedRange<Double>?) -> String {
        guard let range else { return noun }
        if range.upperBound >= .greatestFiniteMagnitude {
            return "\(noun) of at least \(range.lowerBound)"
        }
        return "\(noun) from \(range.lowerBound) to \(range.upperBound)"
    }
}
