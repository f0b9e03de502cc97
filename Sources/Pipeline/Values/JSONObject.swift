/// A JSON object whose members keep their order: the event comes first in every line.
package struct JSONObject {
    private var members: [(key: String, value: Value)]

    package init(_ members: KeyValuePairs<String, Value?>) {
        self.members = members.compactMap { key, value in value.map { (key, $0) } }
    }

    /// Members that were put together one by one.
    package init(members: [(key: String, value: Value)]) {
        self.members = members
    }

    /// One line of standard JSON.
    package var text: String {
        let parts = members.map { "\(Value.string($0.key).standardJSON):\($0.value.standardJSON)" }
        return "{" + parts.joined(separator: ",") + "}"
    }
}

extension [JSONObject] {
    /// An array, one object a line.
    package var text: String {
        isEmpty ? "[]" : "[\n" + map { "  \($0.text)" }.joined(separator: ",\n") + "\n]"
    }
}
