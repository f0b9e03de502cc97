import Pipeline

/// Names in a message, the first few of many.
enum NameList {
    /// `'ant', 'bee', 'cow', 'dog', 'eel' and 3 more`.
    static func text(_ names: [String], limit: Int = 5) -> String {
        let shown = names.prefix(limit).map { "'\(Printable.quoted($0))'" }.joined(separator: ", ")
        return names.count > limit ? "\(shown) and \(names.count - limit) more" : shown
    }

    /// `3 of 8 classes have`, `1 of 8 classes has`.
    static func share(_ count: Int, of total: Int, _ plural: String, _ singular: String) -> String {
        "\(count) of \(total) classes \(count == 1 ? singular : plural)"
    }
}
