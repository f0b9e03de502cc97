import Pipeline
import TestSupport
import Testing

@Suite struct ResultTableTests {
    let toy: ToyFile

    init() throws {
        toy = try ToyFile()
    }

    private static let text = """
        pipeline: toy
        variables: {seed: 1, rank: 1}
        stages:
          start: {uses: toy-number, with: {value: 5}}
          hide: {uses: toy-chain, needs: {start: start}, with: {seed: "${seed}", step: "${rank}"}}
          hide-scores: {uses: toy-scores, needs: {model: hide}}
          start-scores: {uses: toy-scores, needs: {model: start}}

        """
    private static let tables = """
        matrix: {seed: [42, 40, 44]}
        tables:
          - title: Quickstart
            rows: {HiDe: hide-scores, Start only: start-scores}
            columns: [faa, caa, ffm]
            over: seed
          - {title: HiDe accuracy, matrix: hide-scores, over: seed}
        """

    /// What the units would compute: a chain adds step and seed once a task.
    private func results(
        _ file: PipelineFile, without hidden: [String] = [], stale: String? = nil
    ) throws -> ResultSet {
        var values: [Int] = []
        for unit in file.graph.units {
            let previous = unit.inputs.first.map { values[$0.index] } ?? 5
            guard case .object(let parameters) = unit.definition.parameters,
                case .integer(let step)? = parameters["step"]
            else {
                values.append(previous)
                continue
            }
            values.append(previous + step + (unit.definition.seed ?? 0))
        }
        let state = { (unit: UnitNode) -> ResultGap.State in
            unit.name == stale ? .stale : .missing
        }
        return try ResultSet(of: file.graph, state: state) { unit in
            hidden.contains(unit.name) ? nil : Artifact(toyScores: values[unit.id.index])
        }
    }

    @Test func tablesShowMeanAndSampleDeviation() throws {
        let file = try toy.read(Self.text + Self.tables)
        // faa of seed s: 5 + 2 · (1 + s) = 91, 87, 95: mean 91, sample deviation 4.
        #expect(
            try ResultTable(results(file), of: file).text == """
                Quickstart (mean ± standard deviation over seed 42, 40, 44)
                profile reference
                                     FAA           CAA  FFM  n
                HiDe        91.00 ± 4.00  45.50 ± 2.00    –  3
                Start only          5.00          2.50    –  1

                HiDe accuracy (mean over seed 42, 40, 44)
                profile reference
                percent on task i (row) after task t (column)
                      1     2
                1  91.0  90.0
                2        92.0

                """)
    }

    @Test func withoutTablesEverythingIsShown() throws {
        let file = try toy.read(Self.text + "matrix: {seed: [1], rank: [1, 2]}\n")
        #expect(
            try ResultTable(results(file), of: file).text.hasPrefix(
                """
                toy (seed 1)
                profile reference
                                         FAA   CAA
                hide-scores {rank=1}    9.00  4.50
                hide-scores {rank=2}   11.00  5.50
                start-scores {rank=1}   5.00  2.50
                start-scores {rank=2}   5.00  2.50

                hide-scores: accuracy (seed 1)
                profile reference
                percent on task i (row) after task t (column)
                {rank=1}
                     1     2
                1  9.0   8.0
                2       10.0
                """))
    }

    private func text(_ tables: String, without hidden: String...) throws -> String {
        let file = try toy.read(Self.text + tables)
        return try ResultTable(results(file, without: hidden), of: file).text
    }

    /// A title claims no value whose result is not there.
    @Test func theTitleNamesWhatIsMissing() throws {
        let text = try text(
            """
            matrix: {seed: [42, 40, 44]}
            tables:
              - {title: T, rows: {HiDe: hide-scores}, columns: [faa], over: seed}
              - {title: M, matrix: hide-scores}
            """, without: "hide-scores/scores{seed=40}")
        // 91 and 95: mean 93, sample deviation √8.
        #expect(
            text == """
                T (mean ± standard deviation over seed 42, 44; 40 missing, n = 2 of 3)
                profile reference
                               FAA
                HiDe  93.00 ± 2.83

                M (mean over seed 42, 44; 40 missing, n = 2 of 3)
                profile reference
                percent on task i (row) after task t (column)
                      1     2
                1  93.0  92.0
                2        94.0

                """)
    }

    @Test func rowsOfDifferentValuesNameTheirOwn() throws {
        let text = try text(
            Self.tables, without: "hide-scores/scores{seed=42}", "hide-scores/scores{seed=44}")
        // One measurement has no spread.
        #expect(
            text.hasPrefix(
                """
                Quickstart (mean ± standard deviation over seed, n of each row)
                profile reference
                              FAA    CAA  FFM       n
                HiDe        87.00  43.50    –  1 of 3
                Start only   5.00   2.50    –       1
                HiDe: seed 42, 44 missing

                HiDe accuracy (seed 40; 42, 44 missing, n = 1 of 3)

                """))
    }

    @Test func aCellWithoutResultSaysSo() throws {
        let text = try text(
            """
            matrix: {rank: [1, 2], seed: [1, 2]}
            tables:
              - {title: T, rows: {HiDe: hide-scores}, columns: [faa, ffm]}
              - {title: O, rows: {HiDe: hide-scores}, columns: [faa], over: seed}
            """, without: "hide-scores/scores{rank=2,seed=1}", "hide-scores/scores{rank=2,seed=2}")
        #expect(
            text == """
                T
                profile reference
                                          FAA      FFM
                HiDe {rank=1,seed=1}     9.00        –
                HiDe {rank=1,seed=2}    11.00        –
                HiDe {rank=2,seed=1}  missing  missing
                HiDe {rank=2,seed=2}  missing  missing

                O (mean ± standard deviation over seed, n of each row)
                profile reference
                                        FAA       n
                HiDe {rank=1}  10.00 ± 1.41       2
                HiDe {rank=2}       missing  0 of 2
                HiDe {rank=2}: seed 1, 2 missing

                """)
    }

    @Test func withoutTablesAStageWithoutResultsHasARow() throws {
        let text = try text("matrix: {seed: [1]}\n", without: "hide-scores/scores")
        #expect(
            text.hasPrefix(
                """
                toy (seed 1)
                profile reference
                                  FAA      CAA
                start-scores     5.00     2.50
                hide-scores   missing  missing
                """), "\(text)")
    }

    /// What depends on no value of the axis is one result, and has no spread.
    @Test func anAxisThatChangesNothingHasNoSpread() throws {
        let text = try text(
            """
            matrix: {seed: [42, 40, 44]}
            tables:
              - {title: T, rows: {Start: start-scores}, columns: [faa], over: seed}
            """)
        #expect(
            text == "T (seed 42, 40, 44, n = 1)\nprofile reference\n        FAA\nStart  5.00\n")
    }

    @Test func aPositionInAListIsNoPercentage() throws {
        let file = try toy.read(
            Self.text + """
                matrix: {seed: [1, 2, 3]}
                tables:
                  - {title: T, rows: {HiDe: hide-scores}, columns: [few-shot-slot], over: seed}
                """)
        let entries = zip(file.cells, [0.0, 3, 0]).map { cell, slot in
            ResultEntry(
                cell: cell, stage: "hide-scores", unit: "u\(cell)", metric: "few-shot-slot",
                value: .number(slot))
        }
        let results = ResultSet(pipeline: "toy", entries: entries)
        #expect(try ResultTable(results, of: file).text.hasSuffix("\nHiDe           0, 3\n"))
        #expect(ResultLines(results, of: file).text.contains(",few-shot-slot,3,u{seed=2},"))
    }

    @Test func staleIsNotMissing() throws {
        let file = try toy.read(
            Self.text + """
                matrix: {seed: [42, 40, 44]}
                tables:
                  - {title: T, rows: {HiDe: hide-scores}, columns: [faa], over: seed}
                """)
        let results = try results(
            file, without: ["hide-scores/scores{seed=40}", "hide-scores/scores{seed=44}"],
            stale: "hide-scores/scores{seed=44}")
        #expect(
            try ResultTable(results, of: file).text.hasPrefix(
                "T (seed 42; 40 missing; 44 stale, n = 1 of 3)\n"))
        let lines = ResultLines(results, of: file).text
        #expect(
            lines.contains(
                "\r\ntoy,40,hide-scores,,,hide-scores/scores{seed=40},,,missing\r\n"))
        #expect(
            lines.contains("\r\ntoy,44,hide-scores,,,hide-scores/scores{seed=44},,,stale\r\n"))
    }

    @Test func aSharedUnitIsAResultOfEveryCell() throws {
        let file = try toy.read(Self.text + Self.tables)
        let shared = try results(file).entries.filter {
            $0.stage == "start-scores" && $0.metric == "faa"
        }
        #expect(shared.map(\.cell.description) == ["{seed=42}", "{seed=40}", "{seed=44}"])
        #expect(Set(shared.map(\.unit)) == ["start-scores/scores"])
    }

    @Test func theDeviationIsThatOfASample() {
        #expect(Aggregate([1, 2, 4])?.mean == 7.0 / 3)
        #expect(abs((Aggregate([1, 2, 4])?.deviation ?? 0) - (7.0 / 3).squareRoot()) < 1e-12)
        #expect(Aggregate([3])?.deviation == nil)
        #expect(Aggregate([]) == nil)
    }
}
