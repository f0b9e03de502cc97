import Foundation
import TestSupport
import Testing

/// `inspect` of a dataset folder as a user runs it.
@Suite struct InspectDatasetTests {
    let tiny: TinyPipeline

    init() throws {
        tiny = try TinyPipeline()
        try tiny.fill()
    }

    @Test func aSoundFolderEndsWithZero() throws {
        let result = try tiny.command("inspect", "pictures")
        #expect(result.code == 0 && result.message.isEmpty)
        #expect(
            result.output == """
                pictures: dataset of kind 'image-folder', 4 classes, 8 training and 4 test pictures
                  0  ant  2 training, 1 test
                  1  bee  2 training, 1 test
                  2  cow  2 training, 1 test
                  3  dog  2 training, 1 test
                every picture can be read

                """)
    }

    @Test func unreadableIs66AndEqualIs1() throws {
        try tiny.write(TinyPipeline.picture(0), to: "pictures/test/ant/again.png")
        let equal = try tiny.command("inspect", "pictures")
        #expect(equal.code == 1 && equal.message.isEmpty)
        #expect(
            equal.output.contains(
                """
                problem: 1 picture of the test part is also in the training part
                  train/ant/1.png (ant) = test/ant/again.png (ant)
                  fix: mkdir -p pictures.aside/train/ant && mv -n pictures/train/ant/1.png \
                pictures.aside/train/ant
                """), "\(equal.output)")
        try tiny.write([1, 2, 3], to: "pictures/train/dog/broken.png")
        let broken = try tiny.command("inspect", "pictures")
        #expect(broken.code == 66)
        // What the fixes say mends it, and no picture is lost.
        for line in broken.output.split(separator: "\n") where line.contains(" mv -n ") {
            let command = line.replacing("  fix: ", with: "").trimmingCharacters(in: .whitespaces)
            #expect(try tiny.shell(command) == 0, "\(command)")
        }
        #expect(try tiny.command("inspect", "pictures").code == 0)
        for name in ["train/dog/broken.png", "train/ant/1.png"] {
            #expect(
                FileManager.default.fileExists(atPath: tiny.folder.path("pictures.aside/\(name)")))
        }
    }

    @Test func jsonHoldsEverything() throws {
        try tiny.write([1, 2, 3], to: "pictures/train/dog/broken.png")
        let result = try tiny.command("inspect", "pictures", "--json")
        #expect(result.code == 66)
        let reports = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
        #expect(reports.count == 1 && reports[0]["dataset"] as? String == "image-folder")
        #expect((reports[0]["classes"] as? [[String: Any]])?.count == 4)
        let findings = try #require(reports[0]["findings"] as? [[String: Any]])
        #expect(findings.map { $0["finding"] as? String } == ["unreadable-pictures"])
        #expect(
            findings[0]["fix"] as? [String] == [
                "mkdir -p pictures.aside/train/dog && mv -n pictures/train/dog/broken.png "
                    + "pictures.aside/train/dog"
            ])
        #expect(findings[0]["severity"] as? String == "unreadable")
    }

    @Test func jsonIsForDatasets() throws {
        let result = try tiny.command("inspect", "tiny.safetensors", "--json")
        #expect(result.code == 64)
        #expect(
            result.message == """
                --json: 'tiny.safetensors' is no dataset folder
                  hint: only what is found in dataset folders has a form for programs

                """)
    }

    @Test func aFolderThatIsNoDatasetIsNamed() throws {
        try tiny.write([1], to: "other/file")
        let result = try tiny.command("inspect", "other")
        #expect(result.code == 66)
        #expect(
            result.message == "other: is no checkpoint, HDF5 or MATLAB file, or dataset folder\n")
    }
}
