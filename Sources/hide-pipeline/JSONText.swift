import Pipeline

/// A JSON object whose members keep their order: the event comes first in every line.
struct JSONObject {
    private var members: [(key: String, value: Value)]

    init(_ members: KeyValuePairs<String, Value?>) {
        self.members = members.compactMap { key, value in value.map { (key, $0) } }
    }

    /// One line of standard JSON.
    var text: String {
        let parts = members.map { "\(Value.string($0.key).standardJSON):\($0.value.standardJSON)" }
        return "{" + parts.joined(separator: ",") + "}"
    }
}

extension [JSONObject] {
    /// An array, one object a line.
    var text: String {
        isEmpty ? "[]" : "[\n" + map { "  \($0.text)" }.joined(separator: ",\n") + "\n]"
    }
}
