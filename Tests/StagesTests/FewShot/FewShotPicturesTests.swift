import Data
import Engine
import Pipeline
import Stages
import Testing

/// Which pictures few-shot learning learns from and is measured on (Reference 12.4).
@Suite struct FewShotPicturesTests {
    /// Six classes; class c has c + 2 training and c + 1 test pictures, dealt out in turn.
    private static let manifest: DatasetManifest = {
        var entries: [DatasetManifest.Entry] = []
        for round in 0..<7 {
            for label in 0..<6 {
                for (split, count) in [(Split.train, label + 2), (.test, label + 1)]
                where round < count {
                    let path = "\(split.rawValue)/\(label)/\(round)"
                    entries.append(
                        DatasetManifest.Entry(
                            path: path, label: label, split: split, byteCount: 0,
                            sha256: Digest(of: path).hex))
                }
            }
        }
        return DatasetManifest(
            classNames: (0..<6).map { "c\($0)" }, tasks: [Array(0..<6)], entries: entries)
    }()

    private let draw = FewShotDraw(ways: 3, shots: 2, queries: 3)

    private func stream(_ name: String) -> RandomStream { RandomStream(seed: 1, name: name) }

    @Test func allPicturesAreSortedByClassInTheOrderOfTheClasses() throws {
        let all = try FewShotPictures(Self.manifest, classes: [4, 1]).all
        #expect(all.classes == [4, 1])
        #expect(
            all.support.map(\.path)
                == (0..<6).map { "train/4/\($0)" } + (0..<3).map { "train/1/\($0)" })
        #expect(
            all.queries.map(\.path)
                == (0..<5).map { "test/4/\($0)" } + (0..<2).map { "test/1/\($0)" })
    }

    @Test func anEpisodeDrawsWaysShotsAndAtMostSoManyQueries() throws {
        let pictures = try FewShotPictures(Self.manifest, classes: [5, 3, 2, 1, 0], draw: draw)
        var seen: Set<Int> = []
        for episode in 0..<20 {
            let task = pictures.episode(draw, stream: stream("episode-\(episode)"))
            #expect(task.classes.count == 3 && Set(task.classes).isSubset(of: [5, 3, 2, 1, 0]))
            #expect(task.support.map(\.label) == task.classes.flatMap { [$0, $0] })
            #expect(task.support.allSatisfy { $0.split == .train })
            #expect(Set(task.support).count == 6)
            let available = task.classes.map { min(3, $0 + 1) }
            #expect(
                task.queries.map(\.label)
                    == zip(task.classes, available).flatMap { Array(repeating: $0, count: $1) })
            #expect(task.queries.allSatisfy { $0.split == .test })
            #expect(Set(task.queries).count == task.queries.count)
            seen.formUnion(task.classes)
        }
        #expect(seen == [5, 3, 2, 1, 0])
    }

    @Test func anEpisodeIsAFunctionOfItsStreamAlone() throws {
        let pictures = try FewShotPictures(Self.manifest, classes: [0, 1, 2, 3], draw: draw)
        let third = pictures.episode(draw, stream: stream("3"))
        _ = pictures.episode(draw, stream: stream("4"))
        #expect(pictures.episode(draw, stream: stream("3")) == third)
        #expect(Set((0..<8).map { pictures.episode(draw, stream: stream("\($0)")) }).count > 4)
    }

    @Test func classesThatCannotBeLearnedAreNamed() {
        func message(_ classes: [Int], _ draw: FewShotDraw? = nil) -> String {
            do {
                _ = try FewShotPictures(Self.manifest, classes: classes, draw: draw)
                return ""
            } catch { return "\(error)" }
        }
        #expect(
            message([2, 6, 9])
                == "'classes' names 6, 9, and the dataset has 6 classes\n  hint: its labels are 0 to 5"
        )
        #expect(message(Array(6..<16)).contains("names 6, 7, 8, 9, 10, 11, 12, 13 and 2 more, and"))
        #expect(
            message([1, 0], FewShotDraw(ways: 2, shots: 3, queries: 1)) == """
                class 0 has 2 training pictures, and 'shots' draws 3
                  hint: lower 'shots', or leave the class out of 'classes'
                """)
        let trainOnly = DatasetManifest(
            classNames: ["a", "b"], tasks: [[0, 1]],
            entries: Self.manifest.entries.filter { $0.split == .train && $0.label < 2 })
        #expect {
            try FewShotPictures(trainOnly, classes: [0])
        } throws: {
            "\($0)" == "class 0 has no test pictures\n  hint: leave it out of 'classes'"
        }
    }
}
