/// The members of a JSON object that another process wrote, read one by one.
struct WireMembers {
    private let members: [String: Value]

    init(_ members: [String: Value]) { self.members = members }

    /// A member that must be there.
    func the<T>(_ name: String, _ read: (Value) -> T?) throws(RunEventError) -> T {
        guard let value = try maybe(name, read) else {
            throw RunEventError(problem: "'\(name)' is missing")
        }
        return value
    }

    /// A member that may be left out, or null where null says nothing.
    func maybe<T>(_ name: String, _ read: (Value) -> T?) throws(RunEventError) -> T? {
        guard let value = members[name] else { return nil }
        if let read = read(value) { return read }
        if case .null = value { return nil }
        throw RunEventError(problem: "'\(name)' is \(value.standardJSON)")
    }

    func text(_ name: String) throws(RunEventError) -> String { try the(name, \.wireText) }

    func count(_ name: String) throws(RunEventError) -> Int { try the(name, \.wireCount) }
}

extension Value {
    var wireText: String? {
        if case .string(let text) = self { text } else { nil }
    }

    var wireCount: Int? {
        if case .integer(let count) = self { count } else { nil }
    }

    /// A number; one that is not finite was written as null.
    var wireNumber: Double? {
        switch self {
        case .real(let number): number
        case .integer(let number): Double(number)
        case .null: .nan
        default: nil
        }
    }

    var wireArray: [Value]? {
        if case .array(let values) = self { values } else { nil }
    }

    var wireTexts: [String]? {
        guard let texts = wireArray?.map(\.wireText) else { return nil }
        return texts.contains(nil) ? nil : texts.compactMap { $0 }
    }

    var wireStatus: ProgramStatus? {
        wireCount.flatMap { Int32(exactly: $0) }.flatMap(ProgramStatus.init)
    }
}
