import CPictures
import Pipeline

extension Picture {
    /// The greatest number of pixels of a file that is decoded; Pillow warns of a decompression
    /// bomb from here on.
    public static let maximumPixelCount = 89_478_485
    /// The greatest memory a decoder may take besides the picture, in bytes.
    public static let maximumWorkingBytes = 1 << 30
    /// The greatest number of scans of a progressive JPEG.
    public static let maximumScanCount = 200
    /// The greatest number of scans × pixels of a progressive JPEG: a small file of a large picture
    /// could keep a decoder busy for minutes.
    public static let maximumScannedPixelCount = 1 << 31

    /// Decodes a JPEG, PNG, WebP, GIF, BMP, TIFF, PPM, PGM or PBM file, told apart by content: the
    /// first picture of an animation or of several. Gray is replicated, CMYK converted, alpha dropped
    /// and EXIF orientation ignored: the bytes are those of Pillow's `convert("RGB")`.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - name: the file's name, for the error.
    /// - Throws: `PictureError` for other content, which it names, a cut or damaged file, or one above
    ///   the limits.
    public static func decode(_ bytes: [UInt8], name: String) throws(PictureError) -> Picture {
        var limits = hide_picture_limits(
            pixel_count: UInt64(maximumPixelCount), working_bytes: UInt64(maximumWorkingBytes),
            scan_count: UInt32(maximumScanCount),
            scanned_pixel_count: UInt64(maximumScannedPixelCount))
        var message = [CChar](repeating: 0, count: HIDE_PICTURE_MESSAGE_LENGTH)
        var info = hide_picture_info()
        if let content = PictureContent.problem(of: bytes) {
            throw PictureError(
                name: name, problem: content.problem, hint: content.remedy.rawValue)
        }
        guard hide_picture_probe(bytes, bytes.count, &limits, &info, &message) == 1 else {
            throw refused(name, message)
        }
        let count = Int(info.width) * Int(info.height) * 3
        var isComplete = false
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            isComplete =
                hide_picture_decode(
                    bytes, bytes.count, &limits, &info, buffer.baseAddress, &message) == 1
            initializedCount = isComplete ? count : 0
        }
        guard isComplete else { throw refused(name, message) }
        return Picture(width: Int(info.width), height: Int(info.height), pixels: pixels)
    }

    /// The error of a decoder, whose words may quote the file.
    private static func refused(_ name: String, _ message: [CChar]) -> PictureError {
        let bytes = message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
        let problem = Printable.text(bytes)
        return PictureError(
            name: name, problem: problem, hint: PictureRemedy(problem).rawValue)
    }
}
