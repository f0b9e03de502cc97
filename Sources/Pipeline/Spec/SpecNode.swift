/// A YAML node with its place. Key order is kept.
package struct SpecNode: Sendable, Hashable {
    /// What the node says.
    package indirect enum Content: Sendable, Hashable {
        /// A scalar: its value by the core schema, and its text as written (for interpolation).
        case scalar(Value, text: String)
        case sequence([SpecNode])
        case mapping([SpecEntry])
        /// A value that could not be filled in; the reason is already reported.
        case unresolved
    }

    package let place: Place
    package let content: Content

    package init(place: Place, content: Content) {
        self.place = place
        self.content = content
    }

    /// The node in words, for "must be a number, found …".
    package var found: String {
        switch content {
        case .scalar(.null, _): "nothing"
        case .scalar(.bool, let text): "the truth value '\(text)'"
        case .scalar(.integer, let text), .scalar(.real, let text):
            "the number '\(Printable.quoted(text))'"
        case .scalar(_, let text): "the text '\(Printable.quoted(text))'"
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .unresolved: "an unknown value"
        }
    }

    /// Whether this node or an element of this list could not be filled in.
    package var isUnresolved: Bool {
        switch content {
        case .unresolved: true
        case .sequence(let elements): elements.contains(where: \.isUnresolved)
        case .scalar, .mapping: false
        }
    }

    /// The same content at another place.
    package func moved(to place: Place) -> SpecNode {
        SpecNode(place: place, content: content)
    }

    /// The number of nodes in it, itself included.
    package var size: Int {
        switch content {
        case .scalar, .unresolved: 1
        case .sequence(let elements): elements.reduce(1) { $0 + $1.size }
        case .mapping(let entries): entries.reduce(1) { $0 + 1 + $1.value.size }
        }
    }

    /// The text of a text scalar; nil for every other node.
    package var string: String? {
        if case .scalar(.string(let text), _) = content { text } else { nil }
    }

    /// Whether this is the text `${x}`, which stands for the whole value of a variable.
    package var isOneVariable: Bool {
        string?.wholeMatch(of: #/\$\{[^{}]*\}/#) != nil
    }

    /// The entries of a mapping; nil for every other node.
    package var entries: [SpecEntry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// The elements of a list; nil for every other node.
    package var elements: [SpecNode]? {
        if case .sequence(let elements) = content { elements } else { nil }
    }

    /// The node without places.
    package var value: Value {
        switch content {
        case .scalar(let value, _): value
        case .unresolved: .string("")
        case .sequence(let elements): .array(elements.map(\.value))
        case .mapping(let entries):
            .object(
                Dictionary(entries.map { ($0.key, $0.value.value) }, uniquingKeysWith: { $1 }))
        }
    }
}

/// One `key: value` of a mapping.
package struct SpecEntry: Sendable, Hashable {
    package let key: String
    package let keyPlace: Place
    package let value: SpecNode

    package init(key: String, keyPlace: Place, value: SpecNode) {
        self.key = key
        self.keyPlace = keyPlace
        self.value = value
    }
}
