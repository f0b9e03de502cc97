package import Foundation

/// A small picture and the pixels that Pillow gives it, made by `Scripts/fixtures/pictures.py`.
package struct PictureFixture: Decodable {
    package let name: String
    /// The file.
    package let content: Data
    package let width: Int
    package let height: Int
    /// `[height, width, 3]`.
    package let pixels: Data

    /// All of them: WebP, GIF, BMP, TIFF and PNM.
    package static func all() throws -> [PictureFixture] {
        let file = SharedData.packageRoot.appending(path: "Tests/Fixtures/pictures.json")
        return try JSONDecoder().decode([PictureFixture].self, from: Data(contentsOf: file))
    }

    /// The one of a name.
    package static func named(_ name: String) throws -> PictureFixture {
        guard let found = try all().first(where: { $0.name == name }) else {
            throw CocoaError(.fileNoSuchFile)
        }
        return found
    }
}
