/// Where in a PyTorch file its weights are, and which beginnings their names lose.
struct TorchNaming: Sendable, Hashable {
    /// Keys of dictionaries that hold weights, best first.
    let wrappers: [String]
    /// Beginnings of names to remove, in this order.
    let prefixes: [String]

    /// Every tensor keeps its whole name: no dictionary is opened.
    static let whole = TorchNaming(wrappers: [], prefixes: [])
}
