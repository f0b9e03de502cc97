import Data
import Foundation
import TestSupport
import Testing

/// What is under the name of a picture and none is told by its content, with what mends it.
@Suite struct PictureContentTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let bytes: [UInt8]
        let problem: String
        let hint: String

        init(_ text: String, _ problem: String, _ hint: String) {
            self.init(Array(text.utf8), problem, hint)
        }

        init(_ bytes: [UInt8], _ problem: String, _ hint: String) {
            self.bytes = bytes
            self.problem = problem
            self.hint = hint
        }

        var testDescription: String { problem }
    }

    private static let convert = "convert it to JPEG or PNG"
    private static let fetch = "fetch or copy the file again"
    private static let unpack = "unpack the archive, and put the pictures in its place"

    private static func box(_ brands: String) -> [UInt8] {
        [0, 0, 0, UInt8(8 + brands.utf8.count)] + Array("ftyp\(brands)".utf8) + [1, 2, 3]
    }

    static let cases = [
        Case([], "the file is empty", fetch),
        Case(
            [UInt8](repeating: 0, count: 5000),
            "nothing but zero bytes, as a transfer or a full disk leaves them", fetch),
        Case(box("avif\0\0\0\0mif1"), "an AVIF picture, which is not supported", convert),
        Case(box("mif1\0\0\0\0avif"), "an AVIF picture, which is not supported", convert),
        Case(box("heic\0\0\0\0mif1"), "a HEIC picture, which is not supported", convert),
        Case(box("isom\0\0\0\0mp42"), "a video, not a picture", fetch),
        Case([0xFF, 0x0A, 1, 2], "a JPEG XL picture, which is not supported", convert),
        Case(
            [0, 0, 0, 12] + Array("jP  \r\n".utf8), "a JPEG 2000 picture, which is not supported",
            convert),
        Case([0, 0, 1, 0, 1, 0], "an ICO picture, which is not supported", convert),
        Case("8BPS\0\u{1}", "a PSD picture (Photoshop), which is not supported", convert),
        Case(
            "\u{FEFF}<?xml version='1.0'?>\n<svg/>", "an SVG picture, which is not supported",
            convert),
        Case(
            "\n<!DOCTYPE html><title>Log in</title>",
            "an HTML page, such as a login or an error, not a picture", fetch),
        Case(
            "<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>",
            "an XML text, such as the error of a server, not a picture", fetch),
        Case(
            "{\"error\": 404}", "a JSON text, such as the error of a server, not a picture", fetch),
        Case(
            "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
            "a pointer of Git LFS, not the picture itself",
            "'git lfs pull' in the repository that it is of brings the picture"),
        Case(
            "/annex/objects/SHA256E-s1--00.jpg\n",
            "a pointer of git-annex, not the picture itself",
            "'git annex get' in the repository that it is of brings the picture"),
        Case([0x1F, 0x8B, 8, 0], "a gzip archive, not a picture", unpack),
        Case("PK\u{3}\u{4}\u{14}", "a zip archive, not a picture", unpack),
        Case("%PDF-1.4", "a PDF document, not a picture", convert),
        Case("hello", "a text, not a picture", fetch),
        Case("BMW is a car", "a text, not a picture", fetch),
        Case(
            [0xEF, 0xBF, 0xBD] + Array("PNG\r\n".utf8),
            "a PNG picture whose first bytes are damaged, as by a transfer as text", fetch),
        Case([1, 2, 3, 200], "unknown content, not a picture of a supported format", fetch),
    ]

    @Test(arguments: cases) func isNamedWithWhatMendsIt(content: Case) {
        let error = #expect(throws: PictureError.self) {
            try Picture.decode(content.bytes, name: "a\u{1B}.jpg")
        }
        #expect(error?.problem == content.problem)
        #expect(
            error?.description
                == "picture 'a\\u{1B}.jpg' cannot be read: \(content.problem)\n"
                + "  hint: \(content.hint)")
    }

    /// What a user does about it never loses a picture.
    @Test func noAdviceRemovesAnything() {
        for content in Self.cases {
            #expect(!content.hint.contains("rm ") && !content.hint.contains("remove"))
        }
    }
}
