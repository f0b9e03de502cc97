import Engine

extension RandomStream {
    /// Creates the stream of a seed as pipeline files have it, which may be negative.
    init(seed: Int, name: String) {
        self.init(seed: UInt64(bitPattern: Int64(seed)), name: name)
    }
}
