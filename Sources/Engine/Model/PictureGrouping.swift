/// How many pictures go into one product. Part of a result, because on some processors the last bits
/// of a product depend on its number of rows; so it must follow from the inputs of a unit alone.
package enum PictureGrouping: Hashable, Sendable {
    /// As many pictures as given; the last group may have fewer.
    case fixed(Int)
    /// At least four pictures, and at least 200 rows, from the configuration alone.
    case automatic

    /// One picture a product: its features do not depend on what else is computed with it.
    package static let single = PictureGrouping.fixed(1)

    /// Pictures of a group.
    func pictures(_ configuration: ViTConfiguration) -> Int {
        switch self {
        case .fixed(let pictures):
            precondition(pictures > 0, "groups of \(pictures) pictures")
            return pictures
        case .automatic:
            let tokens = configuration.tokenCount
            return max(4, (200 + tokens - 1) / tokens)
        }
    }

    /// The groups of `count` pictures, in order.
    func groups(of count: Int, _ configuration: ViTConfiguration) -> [Range<Int>] {
        let size = pictures(configuration)
        return stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    }
}
