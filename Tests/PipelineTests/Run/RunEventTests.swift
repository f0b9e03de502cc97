import Foundation
import Pipeline
import Testing

/// Events cross to other processes and come back as they were.
@Suite struct RunEventTests {
    static let key = UnitKey(Digest(of: "key"))
    static let summary: RunSummary = {
        var summary = RunSummary()
        (summary.executed, summary.reused, summary.failed) = (1, 2, 1)
        (summary.blocked, summary.interrupted, summary.seconds) = (3, 4, 0.125)
        summary.failures = [
            UnitFailure(
                unit: "a", key: key, cause: UnreadableInput(path: "p", problem: "is \"gone\"")),
            UnitFailure(unit: "b", key: nil, cause: CancellationError()),
        ]
        summary.isStopped = true
        summary.exitStatus = .interrupted
        return summary
    }()

    /// Every case, with and without what may be left out.
    static let events: [RunEvent] =
        [
            .runStarted(pipeline: "toy \"é\"\n", units: 3),
            .inputProgress(location: "image-folder a", done: 1, total: 9),
            .unitStarted(unit: "a/b[1]{seed=4}", stage: "a"),
            .unitProgress(UnitStep(unit: "a", done: 1, total: 2)),
            .unitProgress(
                UnitStep(unit: "a", done: 2, total: 2, loss: 0.25, detail: "epoch 1/1", pictures: 7)
            ),
            .unitProgress(UnitStep(unit: "a", done: 2, total: 2, loss: 3)),
            .unitWarned(unit: "a", warning: "few \u{1B}ants"),
            .runFinished(RunSummary()), .runFinished(summary),
        ]
        + UnitFinish.Outcome.allCases.map {
            .unitFinished(UnitFinish(unit: "a", stage: "s", outcome: $0))
        }
        + [RunReason.neverRun, .parametersChanged, .inputChanged, .versionChanged, .outputMissing]
        .map {
            .unitFinished(
                UnitFinish(
                    unit: "a", stage: "s", outcome: .executed, key: key, reason: $0, seconds: 12,
                    digest: Digest(of: "digest"), warnings: ["few", "odd"]))
        }
        + [RunReason.outputDamaged, .forced, .requested].map {
            .unitFinished(
                UnitFinish(
                    unit: "a", stage: "s", outcome: .failed, key: key, reason: $0, seconds: 0.5,
                    failure: UnitFailure(
                        unit: "a", key: key, cause: StoreError.unstorable(problem: "p"))))
        }

    @Test(arguments: events)
    func anEventComesBackAsItWas(event: RunEvent) throws {
        #expect(try RunEvent(line: event.line) == event, "\(event.line)")
        #expect(!event.line.contains("\n") && !event.line.contains("\u{1B}"))
        let data = try JSONEncoder().encode(event)
        #expect(try JSONDecoder().decode(RunEvent.self, from: data) == event)
        // The standard library's encoder writes the same names and values.
        #expect(try RunEvent(line: String(decoding: data, as: UTF8.self)) == event)
    }

    @Test func aLossThatIsNoNumberIsNullAndComesBackAsNone() throws {
        let event = RunEvent.unitProgress(UnitStep(unit: "a", done: 1, total: 2, loss: .infinity))
        #expect(event.line.hasSuffix(#""loss":null}"#))
        guard case .unitProgress(let step)? = try RunEvent(line: event.line) else {
            Issue.record("another event")
            return
        }
        #expect(step.loss?.isNaN == true)
    }

    @Test func eventsAndMembersOfNewerVersionsAreLeftOut() throws {
        let text = """
            {"event":"run-started","pipeline":"p","units":1,"color":"red"}
            {"event":"unit-moved","unit":"a","to":{"host":"b"}}
            {"event":"unit-finished","unit":"a","stage":"s","outcome":"executed","key":null,\
            "reason":"moon changed","seconds":1}

            """
        #expect(try RunEvent(line: #"{"event":"unit-moved"}"#) == nil)
        #expect(
            try RunEvent.list(text) == [
                .runStarted(pipeline: "p", units: 1),
                .unitFinished(UnitFinish(unit: "a", stage: "s", outcome: .executed, seconds: 1)),
            ])
    }

    @Test(arguments: [
        ("{", ""), ("[1]", "it is no object"), ("{}", "'event' is missing"),
        (#"{"event":7}"#, "'event' is 7"),
        (#"{"event":"run-started","pipeline":"p"}"#, "'units' is missing"),
        (
            #"{"event":"unit-finished","unit":"a","stage":"s","outcome":"lost"}"#,
            "'outcome' is \"lost\""
        ),
    ])
    func whatIsNoEventIsAnError(line: String, problem: String) {
        #expect {
            try RunEvent(line: line)
        } throws: { error in
            (error as? RunEventError).map { problem.isEmpty || $0.problem == problem } ?? false
        }
    }

    // MARK: Exit statuses

    struct Unknown: Error {}

    @Test func everyErrorHasItsExitStatus() {
        let place = Place(file: "f", line: 1, column: 1)
        let missing = SpecProblem(place: place, problem: "p", isMissingFile: true)
        let wrong = SpecProblem(place: place, problem: "p")
        let table: [(any Error, Int32)] = [
            (UsageError(problem: "p"), 64), (SpecError(problems: [missing, wrong]), 65),
            (SpecError(problems: [missing]), 66), (UnreadableInput(path: "p", problem: "p"), 66),
            (FileError(operation: "write", path: "p", code: 1), 74),
            (StoreError.unstorable(problem: "p"), 74), (Unknown(), 1), (CancellationError(), 1),
        ]
        for (error, status) in table { #expect(ProgramStatus(of: error).rawValue == status) }
        #expect(ProgramStatus.gravest(of: []) == .done)
        let order: [ProgramStatus] = [
            .done, .wouldRun, .unitFailed, .usage, .badFile, .missingInput, .storeFailed,
            .interrupted,
        ]
        #expect(Set(order) == Set(ProgramStatus.allCases))
        for count in 1...order.count {
            #expect(ProgramStatus.gravest(of: order.prefix(count).reversed()) == order[count - 1])
        }
    }
}
