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
    private func results(_ file: PipelineFile, without hidden: String? = nil) throws -> ResultSet {
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
        return try ResultSet(of: file.graph) { unit in
            unit.name == hidden ? nil : Artifact(toyScores: values[unit.id.index])
        }
    }

    @Test func tablesShowMeanAndSampleDeviation() throws {
        let file = try toy.read(Self.text + Self.tables)
        // faa of seed s: 5 + 2 · (1 + s) = 91, 87, 95: mean 91, sample deviation 4.
        #expect(
            try ResultTable(results(file), of: file).text == """
                Quickstart (mean ± standard deviation over seed 42, 40, 44)
                profile reference
                                     FAA           CAA  FFM
                HiDe        91.00 ± 4.00  45.50 ± 2.00    –
                Start only   5.00 ± 0.00   2.50 ± 0.00    –

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

    @Test func unfinishedUnitsAreNamedAndLeftOut() throws {
        let file = try toy.read(Self.text + Self.tables)
        let results = try results(file, without: "hide-scores/scores{seed=40}")
        #expect(results.missing == ["hide-scores/scores{seed=40}"])
        #expect(try ResultTable(results, of: file).text.contains("HiDe        93.00 ± 2.83"))
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
