import Foundation
import Pipeline
import TestSupport
import Testing

/// `plan`, `run`, `status` and `why` say the same of every unit, whatever was edited.
@Suite struct DecisionTests {
    typealias Unit = ToyLab.Unit

    /// What an edit may change: the units, the options, what is stored, and files.
    struct Scene {
        var units: [Unit]
        var options = RunOptions()
        let lab = ToyLab()
        let store = InMemoryArtifactStore()
        let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder()
            units = []
            for name in ["one", "same", "other"] { try write("xyz", name) }
            units = [
                Unit("a", value: 1), Unit("b", kind: "double", value: 2, inputs: ["a"]),
                Unit("c", kind: "last", value: 3, inputs: ["b"]),
                Unit("d", kind: "other", value: 4),
                // Equal work under two names: one reads a copy of the file that the other reads.
                Unit("data-1", kind: "data", value: 5, file: folder.path("one")),
                Unit("data-2", kind: "data", value: 5, file: folder.path("same")),
                Unit("twin-1", kind: "twin", value: 2, inputs: ["data-1"]),
                Unit("twin-2", kind: "twin", value: 2, inputs: ["data-2"]),
                Unit("end", kind: "end", value: 0, inputs: ["c", "d", "twin-1", "twin-2"]),
            ]
        }

        func write(_ text: String, _ name: String) throws {
            try text.write(toFile: folder.path(name), atomically: true, encoding: .utf8)
        }

        /// The unit of a stage.
        subscript(stage: String) -> Unit {
            get { units.first { $0.stage == stage } ?? Unit(stage) }
            set {
                for index in units.indices where units[index].stage == stage {
                    units[index] = newValue
                }
            }
        }

        func rename(_ stage: String, _ name: String) -> [Unit] {
            units.map { unit in
                var unit = unit
                if unit.stage == stage { unit.stage = name }
                unit.inputs = unit.inputs.map { $0 == stage ? name : $0 }
                return unit
            }
        }

        func plan() throws -> RunPlan {
            try RunPlan(graph: lab.graph(units), store: store, options: options)
        }

        func run() async -> [UnitFinish] {
            let log = EventLog()
            _ = await Runner().run(
                lab.graph(units), in: store, options: options, events: { log.add($0) })
            return log.all
        }

        func key(_ stage: String) throws -> UnitKey {
            try #require(try plan().entry(named: "\(stage)/run")?.key)
        }
    }

    /// An edit of a pipeline that has run once.
    struct Edit: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let make: @Sendable (inout Scene) async throws -> Void

        init(_ name: String, _ make: @escaping @Sendable (inout Scene) async throws -> Void) {
            testDescription = name
            self.make = make
        }
    }

    static let edits: [Edit] = [
        Edit("nothing") { _ in },
        Edit("a parameter at the start") { $0["a"].value = 9 },
        Edit("a parameter in the middle") { $0["b"].value = 9 },
        Edit("two parameters with the same outcome") {
            $0["a"].value = 3
            $0["b"].value = 0
        },
        Edit("a version") { $0["a"].version = 2 },
        Edit("a version and a parameter below") {
            $0["a"].version = 2
            $0["c"].value = 9
        },
        Edit("another kind") { $0["b"].kind = "triple" },
        Edit("a stage renamed") { $0.units = $0.rename("b", "new") },
        Edit("a stage renamed and changed") {
            $0["b"].value = 9
            $0.units = $0.rename("b", "new")
        },
        Edit("a stage renamed, and what it reads changed") {
            $0["a"].value = 9
            $0.units = $0.rename("b", "new")
        },
        Edit("a new stage at the end") { $0.units.append(Unit("new", kind: "new", inputs: ["c"])) },
        Edit("a new input") {
            $0.units.insert(Unit("new", kind: "new"), at: 0)
            $0["b"].inputs.append("new")
        },
        Edit("a new input and a parameter") {
            $0.units.insert(Unit("new", kind: "new"), at: 0)
            $0["b"].inputs.append("new")
            $0["b"].value = 9
        },
        Edit("a new input and a version") {
            $0.units.insert(Unit("new", kind: "new"), at: 0)
            $0["b"].inputs.append("new")
            $0["b"].version = 2
        },
        Edit("inputs exchanged") {
            $0["end"].inputs = ["d", "c", "twin-1", "twin-2"]
        },
        Edit("a stage gone") { $0.units.removeAll { $0.stage == "end" } },
        Edit("a file changed") { try $0.write("xy", "one") },
        Edit("a copy of a file") { $0["data-1"].file = $0.folder.path("other") },
        Edit("a file gone") { $0["data-2"].file = $0.folder.path("none") },
        Edit("an artifact lost") { $0.store.lose(try $0.key("a")) },
        Edit("an artifact damaged") { $0.store.damage(try $0.key("b")) },
        Edit("an artifact lost and what reads it changed") {
            $0.store.lose(try $0.key("a"))
            $0["b"].value = 9
        },
        Edit("an artifact lost and what it reads changed") {
            $0.store.lose(try $0.key("b"))
            $0["a"].value = 9
        },
        Edit("both twins changed at once") {
            $0["data-1"].value = 6
            $0["data-2"].value = 7
        },
        Edit("both twins changed in the same way") {
            $0["data-1"].value = 6
            $0["data-2"].value = 6
        },
        Edit("both twins and what they read changed") {
            for (number, stage) in ["data-1", "data-2", "twin-1", "twin-2"].enumerated() {
                $0[stage].value = 20 + number
            }
        },
        Edit("one twin changed") { $0["twin-2"].value = 9 },
        Edit("back to earlier parameters") {
            $0["b"].value = 9
            _ = await $0.run()
            $0["b"].value = 2
            $0["a"].value = 7
        },
        Edit("back to an earlier state") {
            $0["b"].value = 9
            _ = await $0.run()
            $0["b"].value = 2
        },
        Edit("forced") { $0.options.force = ["b", "twin-1"] },
        Edit("forced and changed before") {
            $0["a"].value = 9
            $0.options.force = ["c"]
        },
        Edit("only one stage, and another forced") {
            $0["c"].value = 9
            $0.options.only = "c"
            $0.options.force = ["a"]
        },
        Edit("only one stage, and what it reads changed") {
            $0["a"].value = 9
            $0.options.only = "c"
        },
        Edit("until a stage") {
            $0["a"].value = 9
            $0.options.until = "b"
        },
        Edit("one unit") {
            $0["c"].value = 9
            $0.options.unit = "c/run"
        },
        Edit("one unit that is there") { $0.options.unit = "b/run" },
    ]

    @Test func aChangeOfTwoEqualStagesIsAChangeToEverybody() async throws {
        var scene = try Scene()
        _ = await scene.run()
        scene["data-1"].value = 6
        scene["data-2"].value = 7
        let plan = try scene.plan()
        let finishes = await scene.run()
        for name in ["data-1/run", "data-2/run"] {
            #expect(plan.entry(named: name)?.verdict == .run(.parametersChanged))
            #expect(finishes.first { $0.unit == name }?.reason == .parametersChanged)
        }
    }

    @Test(arguments: edits)
    func everybodySaysTheSame(edit: Edit) async throws {
        var scene = try Scene()
        #expect(await scene.run().allSatisfy { $0.failure == nil })
        try await edit.make(&scene)
        let plan = try scene.plan()
        var states: [String: UnitState] = [:]
        for entry in plan.entries {
            states[entry.unit.name] = try UnitState(of: entry, in: scene.store)
            checkWhy(entry)
        }
        let finishes = await scene.run()
        #expect(finishes.count == plan.entries.count)
        for entry in plan.entries {
            let finish = try #require(finishes.first { $0.unit == entry.unit.name })
            check(entry, finish, state: states[finish.unit], among: finishes)
        }
        // What is done is done for everybody.
        scene.options.force = []
        let after = try scene.plan()
        for finish in finishes where finish.failure == nil {
            let entry = try #require(after.entry(named: finish.unit))
            #expect(entry.verdict == .reuse && entry.key == finish.key, "\(finish.unit)")
            #expect(try UnitState(of: entry, in: scene.store) == .done)
        }
    }

    /// The run's outcome and reason are those of the plan, and so is what `status` said before it.
    private func check(
        _ entry: Decision, _ finish: UnitFinish, state: UnitState?, among finishes: [UnitFinish]
    ) {
        let (name, text) = (finish.unit, "\(finish.outcome) \(finish.reason?.rawValue ?? "")")
        if let key = entry.key, finish.key != nil { #expect(finish.key == key, "\(name)") }
        switch entry.verdict {
        case .reuse: #expect(finish.outcome == .reused && state == .done, "\(name): \(text)")
        case .run(let reason):
            // A unit whose work another one of this run has done, or that was there for inputs that came
            // out as those of an earlier run, needs no doing.
            let isDoneElsewhere = finishes.contains { $0.unit != name && $0.key == finish.key }
            if finish.outcome == .reused, isDoneElsewhere || !entry.waitsFor.isEmpty { return }
            #expect(finish.outcome == .executed && finish.reason == reason, "\(name): \(text)")
            let isForced = reason == .forced
            #expect(isForced || state == .missing, "\(name): \(state?.rawValue ?? "")")
        case .runUnlessUnchanged:
            let reasons: [RunReason?] = [nil, .inputChanged, .outputMissing, .outputDamaged]
            #expect(reasons.contains(finish.reason), "\(name): \(text)")
            #expect([.executed, .reused].contains(finish.outcome), "\(name): \(text)")
        case .missingInput:
            #expect(finish.outcome == (entry.isOwnInputMissing ? .failed : .blocked), "\(name)")
        }
    }

    /// The difference that `why` shows is the reason that it gives.
    private func checkWhy(_ entry: Decision) {
        guard case .run(let reason) = entry.verdict, entry.document != nil else { return }
        let paths = entry.differences.map(\.path)
        let name = entry.unit.name
        switch reason {
        case .neverRun: #expect(entry.previous == nil && paths.isEmpty, "\(name)")
        case .versionChanged: #expect(paths.contains("version"), "\(name): \(paths)")
        case .parametersChanged:
            #expect(
                paths.contains { $0.hasPrefix("parameters.") } && !paths.contains("version"),
                "\(name): \(paths)")
        case .inputChanged:
            #expect(
                paths.allSatisfy { $0.hasPrefix("inputs.") || $0.hasPrefix("sources.") },
                "\(name): \(paths)")
        case .outputMissing, .outputDamaged, .forced, .requested: break
        }
    }

    @Test func thereAreEnoughEditsAndEveryReasonIsAmongThem() async throws {
        var reasons: Set<RunReason> = []
        for edit in Self.edits {
            var scene = try Scene()
            _ = await scene.run()
            try await edit.make(&scene)
            reasons.formUnion(await scene.run().compactMap(\.reason))
        }
        #expect(Self.edits.count >= 20)
        #expect(reasons.count == 8, "\(reasons)")
    }
}
