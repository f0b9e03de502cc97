import Data
import Pipeline

extension ClassOrder {
    /// Reads `order`: `natural`, `{shuffled: {seed: 42}}` or `{classes: [2, 0, 1]}`.
    init(_ reader: ParameterReader) {
        if reader.keys(of: "order") == ["classes"], let order = reader.mapping("order") {
            let labels = order.integers("classes", in: Bounds.countOrNone)
            var seen: Set<Int> = []
            if let twice = labels.first(where: { !seen.insert($0).inserted }) {
                order.report("classes", "names class \(twice) twice")
            }
            self = .classes(labels: labels)
        } else {
            self = reader.choice(
                "order", default: "natural",
                [
                    "natural": { _ in .natural },
                    "shuffled": { .shuffled(seed: $0.integer("seed")) },
                    "classes": { _ in
                        reader.report(
                            "order", "lists no classes", hint: "write {classes: [2, 0, 1]}")
                        return .natural
                    },
                ])
        }
    }
}
