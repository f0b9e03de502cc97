import Pipeline
import TestSupport
import Testing

@Suite struct UnitGraphTests {
    let toy: ToyFile

    init() throws {
        toy = try ToyFile()
    }

    private static let text = """
        pipeline: toy
        variables: {seed: 1, rate: 0.5}
        stages:
          scores: {uses: toy-scores, needs: {model: hide}}
          hide: {uses: toy-chain, needs: {start: start}, with: {seed: "${seed}"}}
          twin: {uses: toy-chain, needs: {start: start}, with: {seed: 42, tasks: 3}}
          start: {uses: toy-number, with: {value: 5}}
        matrix: {seed: [42, 40], rate: [1, 2]}
        """

    @Test func equalUnitsOfCellsAndStagesAreOne() throws {
        let graph = try toy.read(Self.text).graph
        #expect(
            graph.units.map(\.name) == [
                "start/number", "hide/train[1]{seed=42}", "hide/train[2]{seed=42}",
                "scores/scores{seed=42}", "twin/train[3]", "hide/train[1]{seed=40}",
                "hide/train[2]{seed=40}", "scores/scores{seed=40}",
            ])
        let shared = try #require(graph.unit(named: "hide/train[1]{seed=42}"))
        #expect(Set(shared.uses.map(\.stage)) == ["hide", "twin"])
        #expect(shared.uses.count == 2 + 4)
        #expect(graph.units(of: "twin").count == 3)
    }

    @Test func inputsComeFirstAndStagesAreInOrder() throws {
        let graph = try toy.read(Self.text).graph
        #expect(graph.units.allSatisfy { unit in unit.inputs.allSatisfy { $0 < unit.id } })
        #expect(graph.stages == ["start", "hide", "scores", "twin"])
    }

    @Test func namesAndOrderDoNotDependOnTheOrderOfKeys() throws {
        let other = """
            # the same, written another way
            matrix:
              seed: [42, 40]
              rate: [1, 2]
            stages:
              scores: {needs: {model: hide}, uses: toy-scores}
              hide:   {with: {seed: "${seed}"}, uses: toy-chain, needs: {start: start}}
              twin:   {needs: {start: start}, with: {tasks: 3, seed: 42}, uses: toy-chain}
              start: {with: {value: 5}, uses: toy-number}
            variables: {rate: 0.5, seed: 1}
            pipeline: toy
            """
        let names = try toy.read(Self.text).graph.units.map(\.name)
        #expect(try toy.read(other).graph.units.map(\.name) == names)
    }

    @Test func theClosureHoldsEverythingThatIsRead() throws {
        let graph = try toy.read(Self.text).graph
        let scores = try #require(graph.unit(named: "scores/scores{seed=40}"))
        #expect(
            graph.closure(of: [scores.id]).map { graph[$0].name }.sorted() == [
                "hide/train[1]{seed=40}", "hide/train[2]{seed=40}", "scores/scores{seed=40}",
                "start/number",
            ])
    }

    @Test func anAxisOfTaskCountsKeepsSharedTasksShared() throws {
        let text = """
            pipeline: toy
            variables: {tasks: 1}
            stages:
              start: {uses: toy-number, with: {value: 5}}
              hide: {uses: toy-chain, needs: {start: start}, with: {tasks: "${tasks}"}}
              scores: {uses: toy-scores, needs: {model: hide}}
            matrix: {tasks: [1, 2]}
            """
        #expect(
            try toy.read(text).graph.units.map(\.name) == [
                "start/number", "hide/train[1]", "scores/scores{tasks=1}",
                "hide/train[2]{tasks=2}", "scores/scores{tasks=2}",
            ])
    }

    @Test func factsFlowDownAndTheNearestWins() throws {
        let graph = try toy.read(Self.text).graph
        let start = try #require(graph.unit(named: "start/number")).id
        let train = try #require(graph.unit(named: "hide/train[1]{seed=42}")).id
        let facts = graph.facts(from: [
            start: ["data": ["pictures": 5], "weights": ["bytes": 9]],
            train: ["data": ["pictures": 6]],
        ])
        #expect(facts[start.index] == ["data": ["pictures": 5], "weights": ["bytes": 9]])
        #expect(facts[train.index + 1] == ["data": ["pictures": 6], "weights": ["bytes": 9]])
    }
}
