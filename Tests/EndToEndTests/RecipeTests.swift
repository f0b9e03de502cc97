import Foundation
import TestSupport
import Testing

/// Every bundled recipe, as a user runs it.
@Suite struct RecipeTests {
    let folder: TemporaryFolder
    let program: Program

    init() throws {
        folder = try TemporaryFolder()
        program = Program(folder: folder.url)
    }

    /// The files that are no recipes, with settings that make them short; `photo_folder` has a suite.
    private static let others = [
        "quickstart": ["seed=1", "epochs=1", "pictures=3", "tasks=2", "recovery-epochs=2"],
        "quickstart_identities": ["epochs=1", "pictures=3", "tasks=2"],
        "quickstart_pretrain": ["epochs=1", "pictures=2"],
        "quickstart_probes": ["seed=1", "pictures=2"],
        "quickstart_prompts": ["seed=1", "epochs=1", "pictures=3", "tasks=2"],
        "photo_folder": nil,
    ]

    private static let files =
        ((try? FileManager.default.contentsOfDirectory(atPath: Program.pipelines.path)) ?? [])
        .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    private static let recipes = files.filter { !others.keys.contains($0) }

    private static func path(_ name: String) -> String {
        Program.pipelines.appending(path: "\(name).yaml").path
    }

    private static let smoke = ["--set", "@\(path("common/smoke"))"]

    /// So small a setting has classes with no more pictures than centroids, and says so; nothing else.
    private func complaints(_ errors: String) -> [Substring] {
        errors.split(separator: "\n").filter {
            !($0.hasPrefix("warning: ") && $0.contains("no more different pictures than centroids"))
        }
    }

    @Test func thereAreRecipes() {
        #expect(Self.recipes.count >= 3)
    }

    /// Runs a file with one thread, and into another store with far more threads than there are
    /// groups of pictures or cores: both hold the same digests.
    private func expectSameDigests(_ name: String, _ settings: [String]) throws {
        for threads in ["1", "64"] {
            let store = threads == "1" ? [] : ["--store", "many"]
            let outcome = try program.run(
                ["run", Self.path(name), "--quiet", "--threads", threads] + store + settings)
            #expect(
                outcome.exitCode == 0 && complaints(outcome.errors).isEmpty, "\(outcome.errors)")
        }
        let digests = try program.digests(store: ".hide-store")
        #expect(try !digests.isEmpty && program.digests(store: "many") == digests)
    }

    /// Built-in pictures, two tasks, one epoch, the shipped weights.
    @Test(arguments: recipes)
    func everyRecipeRunsInTheSmokeSetting(name: String) throws {
        try expectSameDigests(name, Self.smoke)
        let results = try program.run(["results", Self.path(name)] + Self.smoke)
        #expect(results.exitCode == 0 && results.errors.isEmpty, "\(results.errors)")
        #expect(results.output.contains("FAA"), "\(results.output)")
        let plan = try program.run(["plan", Self.path(name), "--exit-code"] + Self.smoke)
        #expect(plan.exitCode == 0, "\(plan.output)\(plan.errors)")
    }

    @Test(arguments: others.compactMapValues { $0 }.keys.sorted())
    func theOtherFilesRunWithSmallSettings(name: String) throws {
        try expectSameDigests(
            name, (Self.others[name].flatMap { $0 } ?? []).flatMap { ["--set", $0] })
    }

    /// Where there are neither pictures nor weights: both are named, with what to do about them.
    @Test(arguments: recipes)
    func thePlanOfTheRealRecipeNamesWhatIsMissing(name: String) throws {
        let valid = try program.run("validate", Self.path(name))
        #expect(valid.exitCode == 0 && valid.errors.isEmpty, "\(valid.errors)")
        let plan = try program.run("plan", Self.path(name))
        #expect(plan.exitCode == 66, "\(plan.output)\(plan.errors)")
        for unit in ["backbone/load: checkpoints/", "data/split: ./datasets"] {
            #expect(plan.output.contains("missing input  \(unit)"), "\(plan.output)")
        }
    }

    @Test func theyAreListedFromAnywhereWithoutTheirParts() throws {
        let outcome = try program.run("list", "pipelines")
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(lines.count == Self.files.count)
        for name in Self.files {
            let line = try #require(lines.first { $0.contains("/\(name).yaml ") }, "\(name)")
            // A path, blanks, a sentence.
            #expect(line.split(separator: " ").count > 5, "\(line)")
        }
        #expect(!outcome.output.contains("/common/") && !outcome.output.contains("/e2e/"))
    }
}
