import CPictures

/// What a file holds that is under the name of a picture, told by its first bytes.
struct PictureContent: Sendable, Equatable {
    /// The bytes at the front of a file that are enough to tell.
    static let headByteCount = 4096

    /// What is wrong with the file.
    let problem: String
    let remedy: PictureRemedy

    /// What is wrong with a file; nil when its first bytes are those of a format that is decoded.
    ///
    /// - Parameter head: the file's first bytes: all of them, or at least `headByteCount`.
    static func problem(of head: [UInt8]) -> PictureContent? {
        if head.isEmpty {
            return PictureContent(problem: "the file is empty", remedy: .fetchAgain)
        }
        guard hide_picture_format_of(head, head.count) == HIDE_PICTURE_UNKNOWN else { return nil }
        let head = head.prefix(headByteCount)
        if head.allSatisfy({ $0 == 0 }) {
            return PictureContent(
                problem: "nothing but zero bytes, as a transfer or a full disk leaves them",
                remedy: .fetchAgain)
        }
        return container(head) ?? signature(head) ?? text(head)
            ?? PictureContent(
                problem: "unknown content, not a picture of a supported format", remedy: .fetchAgain
            )
    }

    private static func picture(_ name: String) -> PictureContent {
        PictureContent(problem: "\(name), which is not supported", remedy: .convert)
    }

    private static func stranger(
        _ name: String, _ remedy: PictureRemedy = .fetchAgain
    ) -> PictureContent {
        PictureContent(problem: "\(name), not a picture", remedy: remedy)
    }

    // MARK: Signatures

    /// Files of the ISO base media format name what they are behind `ftyp`.
    private static func container(_ head: ArraySlice<UInt8>) -> PictureContent? {
        guard head.count >= 12, head[4..<8].elementsEqual("ftyp".utf8) else { return nil }
        let length = min(head.count, max(12, Int(head[2]) << 8 | Int(head[3])))
        let brands = stride(from: 8, to: length - 3, by: 4).map {
            String(decoding: head[$0..<$0 + 4], as: UTF8.self)
        }
        if brands.contains(where: { ["avif", "avis"].contains($0) }) {
            return picture("an AVIF picture")
        }
        let isHEIC = brands.contains { $0.hasPrefix("hei") || $0.hasPrefix("hev") || $0 == "mif1" }
        if isHEIC { return picture("a HEIC picture") }
        if brands[0] == "crx " { return picture("a raw picture of a camera (CR3)") }
        return stranger("a video")
    }

    /// Pictures of formats that are not decoded: where their signature stands, and their names.
    private static let pictures: [(offset: Int, signature: [UInt8], name: String)] = [
        (0, [0xFF, 0x0A], "a JPEG XL picture"),
        (0, [0, 0, 0, 12] + Array("JXL ".utf8), "a JPEG XL picture"),
        (0, [0, 0, 0, 12] + Array("jP  ".utf8), "a JPEG 2000 picture"),
        (0, [0xFF, 0x4F, 0xFF, 0x51], "a JPEG 2000 picture"),
        (0, [0x49, 0x49, 0xBC], "a JPEG XR picture"),
        (0, [0, 0, 1, 0], "an ICO picture"), (0, [0, 0, 2, 0], "a CUR picture"),
        (0, Array("8BPS".utf8), "a PSD picture (Photoshop)"),
        (0, Array("gimp xcf".utf8), "an XCF picture (GIMP)"),
        (0, Array("qoif".utf8), "a QOI picture"), (0, Array("DDS ".utf8), "a DDS picture"),
        (0, [0x76, 0x2F, 0x31, 0x01], "an OpenEXR picture"),
        (0, Array("#?RADIANCE".utf8), "a Radiance picture"),
        (0, Array("SIMPLE  =".utf8), "a FITS picture"), (0, Array("P7\n".utf8), "a PAM picture"),
        (0, Array("PF\n".utf8), "a PFM picture"), (0, Array("Pf\n".utf8), "a PFM picture"),
        (0, Array("FUJIFILMCCD-RAW".utf8), "a raw picture of a camera (RAF)"),
        (128, Array("DICM".utf8), "a DICOM picture"),
    ]

    /// The same for what is no picture at all.
    private static let strangers:
        [(offset: Int, signature: [UInt8], name: String, remedy: PictureRemedy)] = [
            (0, [0x1F, 0x8B], "a gzip archive", .unpack),
            (0, Array("PK\u{3}\u{4}".utf8), "a zip archive", .unpack),
            (0, Array("PK\u{5}\u{6}".utf8), "an empty zip archive", .fetchAgain),
            (0, Array("Rar!".utf8), "a RAR archive", .unpack),
            (0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "a 7z archive", .unpack),
            (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A], "an xz archive", .unpack),
            (0, Array("BZh".utf8), "a bzip2 archive", .unpack),
            (0, [0x28, 0xB5, 0x2F, 0xFD], "a zstd archive", .unpack),
            (257, Array("ustar".utf8), "a tar archive", .unpack),
            (0, Array("%PDF".utf8), "a PDF document", .convert),
            (0, Array("%!PS".utf8), "a PostScript document", .convert),
            (0, [0, 5, 0x16, 7], "a resource fork of macOS (AppleDouble)", .fetchAgain),
            (0, [0x1A, 0x45, 0xDF, 0xA3], "a video", .fetchAgain),
            (0, Array("RIFF".utf8), "a sound or a video", .fetchAgain),
            (0, Array("OggS".utf8), "a sound or a video", .fetchAgain),
            (0, [0x93] + Array("NUMPY".utf8), "an array of NumPy", .fetchAgain),
            (0, [0x89] + Array("HDF".utf8), "an HDF5 file", .fetchAgain),
            (0, Array("SQLite format 3".utf8), "a database", .fetchAgain),
        ]

    /// Pictures that a program took for text on their way, or that lack their first bytes.
    private static let damaged: [(signature: [UInt8], name: String)] = [
        ([0xEF, 0xBF, 0xBD, 0xEF, 0xBF, 0xBD, 0xEF, 0xBF, 0xBD], "a JPEG picture"),
        ([0xFF, 0xD8], "a JPEG picture"), ([0xEF, 0xBF, 0xBD, 0x50, 0x4E, 0x47], "a PNG picture"),
        ([0x89, 0x50, 0x4E, 0x47], "a PNG picture"), (Array("GIF8".utf8), "a GIF picture"),
    ]

    private static func signature(_ head: ArraySlice<UInt8>) -> PictureContent? {
        func stands(_ signature: [UInt8], at offset: Int) -> Bool {
            head.dropFirst(offset).starts(with: signature)
        }
        if let found = damaged.first(where: { stands($0.signature, at: 0) }) {
            return PictureContent(
                problem: "\(found.name) whose first bytes are damaged, as by a transfer as text",
                remedy: .fetchAgain)
        }
        if let found = pictures.first(where: { stands($0.signature, at: $0.offset) }) {
            return picture(found.name)
        }
        return strangers.first { stands($0.signature, at: $0.offset) }
            .map { stranger($0.name, $0.remedy) }
    }

    // MARK: Texts

    private static func text(_ head: ArraySlice<UInt8>) -> PictureContent? {
        let isText = head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (9...13).contains($0) }
        guard isText else { return nil }
        let whole = String(decoding: head, as: UTF8.self)
        let text = whole.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
        if text.hasPrefix("version https://git-lfs") || text.hasPrefix("version https://hawser") {
            return PictureContent(
                problem: "a pointer of Git LFS, not the picture itself", remedy: .pull)
        }
        if text.hasPrefix("/annex/objects/") || text.contains(".git/annex/objects/") {
            return PictureContent(
                problem: "a pointer of git-annex, not the picture itself", remedy: .get)
        }
        if text.hasPrefix("<"), text.contains("<svg") { return picture("an SVG picture") }
        if text.hasPrefix("<"), text.contains("<!doctype html") || text.contains("<html") {
            return stranger("an HTML page, such as a login or an error")
        }
        if text.hasPrefix("<") { return stranger("an XML text, such as the error of a server") }
        if text.hasPrefix("{") || text.hasPrefix("[") {
            return stranger("a JSON text, such as the error of a server")
        }
        return stranger(text.isEmpty ? "nothing but spaces" : "a text")
    }
}
