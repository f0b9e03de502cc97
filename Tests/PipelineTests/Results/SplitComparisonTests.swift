import Foundation
import Pipeline
import TestSupport
import Testing

/// Results of different splits of pictures do not stand in one table, unless it says so.
@Suite struct SplitComparisonTests {
    private let toy: ToyFile

    init() throws { toy = try ToyFile() }

    private static let text = """
        pipeline: toy
        variables: {seed: 1}
        stages:
          start: {uses: toy-number, with: {value: 5}}
          a: {uses: toy-scores, needs: {model: start}}
          b: {uses: toy-scores, needs: {model: start}}
        matrix: {seed: [1, 2]}

        """
    private static let table =
        "tables:\n  - {title: T, rows: {A: a, B: b}, columns: [faa], over: seed"

    private func split(_ digit: String, tasks: Int = 5) -> DataSplit {
        DataSplit(
            digest: String(repeating: digit, count: 64), tasks: "\(tasks) of 4 classes",
            taskDigest: String(repeating: "\(tasks)", count: 64))
    }

    /// Two stages with a number in each of two cells.
    private func results(_ file: PipelineFile, _ a: [DataSplit?], _ b: [DataSplit?]) -> ResultSet {
        let entries = [("a", a), ("b", b)].flatMap { stage, splits in
            zip(file.cells, splits).map { cell, split in
                ResultEntry(
                    cell: cell, stage: stage, unit: "\(stage)/scores\(cell)", metric: "faa",
                    value: .number(50), split: split)
            }
        }
        return ResultSet(pipeline: "toy", entries: entries)
    }

    private func message(_ a: [DataSplit?], _ b: [DataSplit?]) throws -> String? {
        let file = try toy.read(Self.text + Self.table + "}\n")
        let error = #expect(throws: IncomparableResults.self) {
            _ = try ResultTable(results(file, a, b), of: file).text
        }
        return error?.description.split(separator: "/").last.map(String.init)
    }

    @Test func rowsOfDifferentSplitsAreRefused() throws {
        let (one, two) = (split("1"), split("2"))
        let problem = "of different splits of pictures, 111111111111 and 222222222222"
        let hint = "\n  hint: 'different-splits: allowed' in the table shows them side by side"
        #expect(
            try message([one, one], [two, two])?.hasSuffix(
                ":9:5: table 'T': 'A' (a{seed=1}) and 'B' (b{seed=1}) are results \(problem)" + hint
            )
                == true)
        #expect(
            try message([one, two], [one, two])?.hasSuffix(
                ":9:5: table 'T': 'A' (a{seed=1}) and 'A' (a{seed=2}) are results \(problem)" + hint
            )
                == true)
    }

    @Test func otherTasksOfOneSplitMayBeCompared() throws {
        let file = try toy.read(Self.text + Self.table + "}\n")
        let text = try ResultTable(
            results(
                file, [split("1"), split("1")], [split("1", tasks: 1), split("1", tasks: 1)]),
            of: file
        ).text
        #expect(
            text.hasSuffix(
                """

                split: sha256 111111111111
                tasks: 5 of 4 classes (sha256 555555555555)  [a]
                tasks: 1 of 4 classes (sha256 111111111111)  [b]

                """))
        // What is not known is not refused.
        _ = try ResultTable(results(file, [nil, nil], [split("1"), nil]), of: file).text
    }

    @Test func aTableMayAllowThem() throws {
        let file = try toy.read(Self.text + Self.table + ", different-splits: allowed}\n")
        let results = results(file, [split("1"), split("1")], [split("2"), split("1")])
        let text = try ResultTable(results, of: file).text
        #expect(text.contains("B  50.00 ± 0.00"))
        #expect(text.contains("split: sha256 222222222222  [b{seed=1}]\n"))
        let error = #expect(throws: SpecError.self) {
            _ = try toy.read(Self.text + Self.table + ", different-splits: yes}\n")
        }
        #expect(
            error?.description.contains(
                "table 1: 'different-splits' is 'allowed' or 'refused', not 'yes'") == true)
    }

    @Test func withoutTablesEachSplitHasItsOwn() throws {
        let file = try toy.read(Self.text)
        let same = try ResultTable(
            results(file, [split("1"), split("1")], [split("1"), split("1")]), of: file
        ).text
        #expect(same.components(separatedBy: "toy (").count == 2)
        let text = try ResultTable(
            results(file, [split("1"), split("1")], [split("2"), split("3")]), of: file
        ).text
        #expect(text.contains("a  50.00 ± 0.00"))
        // Means over different splits are not taken.
        #expect(text.contains("b {seed=1}  50.00\nb {seed=2}  50.00"))
    }

    @Test func linesNameTheSplit() throws {
        let file = try toy.read(Self.text)
        var results = results(file, [split("1"), nil], [])
        results = ResultSet(
            pipeline: "toy",
            entries: results.entries + [
                ResultEntry(
                    cell: file.cells[0], stage: "a", unit: "a/x", metric: "m",
                    value: .matrix([[1, 2.5], [nil, 3]])),
                ResultEntry(
                    cell: file.cells[0], stage: "a", unit: "a/x", metric: "s", value: .series([7])),
            ])
        let digest = String(repeating: "1", count: 64)
        #expect(
            ResultLines(results, of: file).text.components(separatedBy: "\r\n") == [
                "pipeline,seed,stage,metric,value,unit,split,tasks,state",
                "toy,1,a,faa,50.0,a/scores{seed=1},\(digest),5 of 4 classes,done",
                "toy,2,a,faa,50.0,a/scores{seed=2},,,done",
                "toy,1,a,m[1][1],1.0,a/x,,,done", "toy,1,a,m[1][2],2.5,a/x,,,done",
                "toy,1,a,m[2][2],3.0,a/x,,,done", "toy,1,a,s[1],7.0,a/x,,,done", "",
            ])
    }
}
