/// How many classes something is true of, in words.
enum ClassShare {
    /// `3 of 8 classes have`, `1 of 8 classes has`.
    static func text(_ count: Int, of total: Int, _ plural: String, _ singular: String) -> String {
        "\(count) of \(total) classes \(count == 1 ? singular : plural)"
    }
}
