/// A decoded picture: 8-bit RGB, rows from the top, pixels interleaved.
public struct Picture: Sendable, Hashable {
    /// Columns, at least 1.
    public let width: Int
    /// Rows, at least 1.
    public let height: Int
    /// `[height, width, 3]`, row-major.
    public let pixels: [UInt8]

    /// Creates a picture from its pixels.
    ///
    /// - Precondition: both extents are at least 1 and `pixels.count` is `width · height · 3`.
    public init(width: Int, height: Int, pixels: [UInt8]) {
        precondition(width > 0 && height > 0, "a picture of \(width) × \(height)")
        precondition(
            pixels.count == width * height * 3,
            "\(pixels.count) bytes for a picture of \(width) × \(height)")
        self.width = width
        self.height = height
        self.pixels = pixels
    }
}

/// A part of a picture, in pixels from its top left corner.
public struct PictureRegion: Sendable, Hashable {
    public let top, left, height, width: Int

    /// Creates a region.
    public init(top: Int, left: Int, height: Int, width: Int) {
        self.top = top
        self.left = left
        self.height = height
        self.width = width
    }
}
