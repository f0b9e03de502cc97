package import Pipeline

/// What is known of a published file before it is fetched.
package struct FileExpectation: Sendable, Hashable {
    /// The size in bytes.
    package var byteCount: Int?
    /// What its publisher states about its content.
    package var checksum: Checksum?

    package init(byteCount: Int? = nil, checksum: Checksum? = nil) {
        self.byteCount = byteCount
        self.checksum = checksum
    }
}
