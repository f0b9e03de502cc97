import Data
import Pipeline
import Stages
import Testing

/// A dataset in which something is missing says so when it is divided.
@Suite struct DatasetWarningTests {
    /// Three classes, the last of them named to upset a terminal; pictures by split and label.
    private func manifest(_ pictures: [(Split, Int)]) -> DatasetManifest {
        DatasetManifest(
            classNames: ["ant", "bee", "\u{1B}[31mcow"], tasks: [[2, 0], [1]],
            entries: pictures.enumerated().map { index, picture in
                DatasetManifest.Entry(
                    path: "\(index)", label: picture.1, split: picture.0, byteCount: 1,
                    sha256: "\(index)")
            })
    }

    private static let train: [(Split, Int)] = [(.train, 0), (.train, 1), (.train, 2)]
    private static let test: [(Split, Int)] = [(.test, 0), (.test, 1), (.test, 2)]

    @Test func aWholeDatasetSaysNothing() {
        #expect(manifest(Self.train + Self.test).emptyParts.isEmpty)
    }

    @Test func classesWithoutPicturesAreNamed() {
        #expect(
            manifest(Self.train + Self.test.prefix(2)).emptyParts == [
                "1 of 3 classes has no test pictures, and nothing is measured of them: "
                    + #"'\u{1B}[31mcow'"#
            ])
        #expect(
            manifest(Array(Self.test.prefix(1))).emptyParts == [
                "3 of 3 classes have no training pictures, and nothing is learned of them: "
                    + #"'\u{1B}[31mcow', 'ant', 'bee'"#,
                "2 of 3 classes have no test pictures, and nothing is measured of them: "
                    + #"'\u{1B}[31mcow', 'bee'"#,
            ])
    }
}
