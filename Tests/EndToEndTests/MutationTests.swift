import Foundation
import TestSupport
import Testing

/// Damaged inputs of every kind, read in processes of their own: none may crash a reader, keep it from
/// ending, or make it ask for memory without bound. A crash names the case that made it.
@Suite struct MutationTests {
    /// The numbers of all mutations follow from it.
    private static let seed = 1

    /// Cases of each subject, 220,000 in all, where tests are optimised; fewer where they are not.
    /// `HIDE_MUTATIONS` multiplies them.
    private static let cases: [(subject: String, count: Int)] = [
        ("pickle", 60_000), ("torch", 40_000), ("tar", 20_000), ("numpy", 30_000),
        ("safetensors", 30_000), ("zip", 20_000), ("picture", 10_000), ("pipeline", 10_000),
    ]
    /// The resident memory by which a process may grow, in KiB.
    private static let growthLimit = 1 << 20

    @Test func thereAreAsManyAsPromised() {
        #expect(Self.cases.reduce(0) { $0 + $1.count } >= 200_000)
    }

    @Test(arguments: cases)
    func nothingCrashesHangsOrDevoursMemory(subject: String, count: Int) throws {
        let folder = try TemporaryFolder()
        let marker = folder.path("case")
        let run = try Mutations(subject: subject, count: Self.scaled(count), marker: marker).run(
            seed: Self.seed)
        let place = "subject '\(subject)', seed \(Self.seed), case \(Self.content(marker))"
        #expect(run.status == 0, "ended with \(run.status) at \(place)\n\(run.errors)")
        let figures = run.output.split(separator: " ").compactMap { Int($0.filter(\.isNumber)) }
        try #require(figures.count == 4, "\(place): \(run.output)")
        #expect(figures[0] == Self.scaled(count))
        // Both ends of the reader were reached.
        #expect(figures[1] > 0 && figures[2] > 0, "read: \(figures[1]), refused: \(figures[2])")
        #expect(figures[3] < Self.growthLimit, "grew by \(figures[3]) KiB")
    }

    private static func scaled(_ count: Int) -> Int {
        #if DEBUG
            let share = max(count / 100, 50)
        #else
            let share = count
        #endif
        let factor = ProcessInfo.processInfo.environment["HIDE_MUTATIONS"].flatMap { Int($0) }
        return share * max(factor ?? 1, 1)
    }

    private static func content(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8))?
            .trimmingCharacters(in: .newlines) ?? "unknown"
    }
}

/// One process of mutations.
private struct Mutations {
    let subject: String
    let count: Int
    let marker: String

    func run(seed: Int) throws -> (status: Int32, output: String, errors: String) {
        let process = Process()
        process.executableURL = Program.binary.deletingLastPathComponent()
            .appending(path: "mutate-inputs")
        let data = SharedData.real?.path ?? "absent"
        process.arguments = [subject, "\(seed)", "0", "\(count)", marker, data]
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        let problems = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (
            process.terminationStatus, String(decoding: text, as: UTF8.self),
            String(decoding: problems.suffix(2000), as: UTF8.self)
        )
    }
}
