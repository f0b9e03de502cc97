/// How many classes something is true of, and how many pictures, in words.
package enum ClassShare {
    /// `1 picture`, `2 pictures`.
    static func pictures(_ count: Int) -> String { "\(count) picture\(count == 1 ? "" : "s")" }

    /// `3 of 8 classes have`, `1 of 8 classes has`.
    package static func text(_ count: Int, of total: Int, _ plural: String, _ singular: String)
        -> String
    {
        "\(count) of \(total) classes \(count == 1 ? singular : plural)"
    }
}
