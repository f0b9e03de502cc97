import TestSupport
import Testing

/// Mistakes in the pipeline file (exit code 65) and on the command line (64): the whole message.
@Suite struct BadFileTests {
    let tiny: TinyPipeline

    init() throws { tiny = try TinyPipeline() }

    /// A mistake in a pipeline file, and what is said of it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        let message: String

        var testDescription: String { name }
    }

    private static let data = """
        pipeline: p
        stages:
          data: {uses: dataset, with: {name: image-folder, root: d, tasks: 1}}

        """

    static let mistakes = [
        Mistake(
            name: "unknown key",
            text: data + "colour: red\n",
            message: """
                f.yaml:4:1: unknown key 'colour'
                  hint: one of 'about', 'include', 'matrix', 'pipeline', 'profile', 'stages', \
                'tables', 'variables'

                """),
        Mistake(
            name: "mistyped key",
            text: data + "tabels: []\n",
            message: """
                f.yaml:4:1: unknown key 'tabels'
                  hint: did you mean 'tables'?

                """),
        Mistake(
            name: "mistyped parameter",
            text: data.replacing("tasks: 1", with: "tasks: 1, augmnet: none"),
            message: """
                f.yaml:3:71: stage 'data': unknown parameter 'augmnet'
                  hint: did you mean 'augment'?

                """),
        Mistake(
            name: "duplicate key",
            text: data + "  data: {uses: dataset}\n",
            message: "f.yaml:4:3: duplicate key 'data', first given in line 3\n"),
        Mistake(
            name: "wrong type",
            text: data.replacing("tasks: 1", with: "tasks: two"),
            message: """
                f.yaml:3:68: stage 'data': parameter 'tasks' must be an integer from 1 to 10000, \
                found the text 'two'

                """),
        Mistake(
            name: "dependency cycle",
            text: """
                pipeline: p
                stages:
                  a: {uses: class-statistics, needs: {model: b}, with: {covariance: }}
                  b: {uses: class-statistics, needs: {model: c}, with: {covariance: }}
                  c: {uses: class-statistics, needs: {model: a}, with: {covariance: }}
                """,
            message: "f.yaml:3:3: dependency cycle: a -> b -> c -> a\n"),
        Mistake(
            name: "unknown stage kind",
            text: data.replacing("uses: dataset", with: "uses: dataste"),
            message: """
                f.yaml:3:16: stage 'data': unknown stage kind 'dataste'
                  hint: did you mean 'dataset'?

                """),
        Mistake(
            name: "unknown stage in needs",
            text: data + "  probe: {uses: linear-probe, needs: {data: date}}\n",
            message: """
                f.yaml:4:45: stage 'probe': need 'data' names unknown stage 'date'
                  hint: did you mean 'data'?

                """),
        Mistake(
            name: "unknown variable",
            text: data.replacing("root: d", with: "root: \"${folder}\""),
            message: """
                f.yaml:3:58: unknown variable 'folder'

                """),
        Mistake(
            name: "several mistakes",
            text: """
                pipeline: p
                about: [1]
                stages:
                  data: {uses: dataset, with: {name: image-foldr, root: d, tasks: 0}}
                  probe: {uses: linear-prob, needs: {data: data}}
                  again: {uses: linear-probe, need: {data: data}}
                """,
            message: """
                f.yaml:2:8: 'about' must be text, found a list
                f.yaml:4:38: stage 'data': parameter 'name' has no choice 'image-foldr'
                  hint: did you mean 'image-folder'?
                f.yaml:4:67: stage 'data': parameter 'tasks' must be an integer from 1 to 10000, \
                found the number '0'
                f.yaml:5:17: stage 'probe': unknown stage kind 'linear-prob'
                  hint: did you mean 'linear-probe'?
                f.yaml:6:3: stage 'again': need 'data' is missing
                  hint: it takes a dataset
                f.yaml:6:31: stage 'again': unknown key 'need'
                  hint: did you mean 'needs'?

                """),
        Mistake(name: "an empty file", text: "", message: "f.yaml:1:1: the file is empty\n"),
        Mistake(
            name: "broken YAML",
            text: "pipeline: p\nstages: {a: [1\n",
            message: """
                f.yaml:3:1: not valid YAML: did not find expected ',' or ']', \
                while parsing a flow sequence

                """),
    ]

    /// `validate`, `plan` and `run` say the same; `run --json` still ends as it always does.
    @Test(arguments: mistakes) func aBadFileEndsWith65(mistake: Mistake) throws {
        try tiny.write(mistake.text, to: "f.yaml")
        let run = try tiny.run()
        #expect(run.code == 65)
        #expect(run.message == mistake.message)
        #expect(run.events.count == 1)
        for command in ["validate", "plan"] {
            let result = try tiny.command(command, "f.yaml")
            #expect(result.code == 65)
            #expect(result.message == mistake.message)
            #expect(result.output.isEmpty)
        }
    }

    /// Files made to fill the memory end with one line, at once.
    @Test(.timeLimit(.minutes(1))) func aBombIsOneLine() throws {
        let chain = (1...30).map { "  v\($0): \"${v\($0 - 1)}${v\($0 - 1)}\"\n" }.joined()
        try tiny.write(
            "pipeline: p\nvariables:\n  v0: aaaaaaaaaa\n\(chain)stages:\n"
                + "  data: {uses: dataset, with: {name: \"${v30}\", root: d, tasks: 1}}\n",
            to: "f.yaml")
        let result = try tiny.command("validate", "f.yaml")
        #expect(result.code == 65)
        #expect(result.message == "f.yaml:35:31: more than 100000 values, variables filled in\n")
        let set = try tiny.command("validate", "f.yaml", "--set", "v30=${v29}${v29}")
        #expect(set.code == 64)
        #expect(set.message == "--set v30:1:1: more than 100000 values, variables filled in\n")
    }

    /// The unit that a plan once divided by no tasks for.
    @Test func aPlanOfABareBackboneIsMade() throws {
        try tiny.fill()
        try tiny.write(
            TinyPipeline.text
                + "  means: {uses: nearest-class-mean, needs: {backbone: backbone, data: data}}\n",
            to: "f.yaml")
        let result = try tiny.command("plan", "f.yaml")
        #expect(result.code == 0)
        #expect(
            result.output.contains("run  means/evaluate[2]  (never run)  4 pictures × 1 epochs"))
    }

    /// A mistake on the command line, and what is said of it.
    struct Misuse: Sendable, CustomTestStringConvertible {
        let arguments: String
        let message: String

        var testDescription: String { arguments.isEmpty ? "nothing" : arguments }
    }

    private static let usage = """
        Usage: hide-pipeline run [<options>] <file>
          See 'hide-pipeline run --help' for more information.
        """

    static let misuses = [
        Misuse(
            arguments: "",
            message: """
                no command is given
                  hint: 'hide-pipeline --help' lists the commands

                """),
        Misuse(
            arguments: "train f.yaml",
            message: """
                Error: 2 unexpected arguments: 'train', 'f.yaml'
                Usage: hide-pipeline <subcommand>
                  See 'hide-pipeline --help' for more information.

                """),
        Misuse(
            arguments: "run",
            message: """
                Error: Missing expected argument '<file>'
                Help:  <file>  The pipeline file.
                \(usage)

                """),
        Misuse(
            arguments: "run f.yaml --fast",
            message: """
                Error: Unknown option '--fast'. Did you mean '--set'?
                \(usage)

                """),
        Misuse(
            arguments: "run f.yaml --jobs 0",
            message: """
                --jobs must be a whole number from 1 to 256, not '0'

                """),
        Misuse(
            arguments: "run f.yaml --set rtae=1",
            message: """
                --set 'rtae': the file declares no such variable
                  hint: did you mean 'rate'?

                """),
        Misuse(
            arguments: "run f.yaml --set rate",
            message: """
                --set 'rate' is not NAME=VALUE

                """),
        Misuse(
            arguments: "run f.yaml --until modle",
            message: """
                --until 'modle': the file has no such stage
                  hint: did you mean 'model'?

                """),
        Misuse(
            arguments: "run f.yaml --only training",
            message: """
                --only 'training': the file has no such stage
                  hint: one of 'backbone', 'data', 'model', 'other-data', 'probe', 'scores'

                """),
        Misuse(
            arguments: "run f.yaml --force prob",
            message: """
                --force 'prob': the file has no such stage
                  hint: did you mean 'probe'?

                """),
        Misuse(
            arguments: "why f.yaml model/train[3]",
            message: """
                the file has no unit 'model/train[3]'
                  hint: did you mean 'model/train[1]'?

                """),
        Misuse(
            arguments: "why f.yaml nothing",
            message: """
                the file has no unit 'nothing'
                  hint: 'plan' shows the units

                """),
        Misuse(
            arguments: "logs f.yaml model/trian[1]",
            message: """
                the file has no unit 'model/trian[1]'
                  hint: did you mean 'model/train[1]'?

                """),
        Misuse(
            arguments: "results f.yaml --format xml",
            message: """
                Error: The value 'xml' is invalid for '--format <format>'. Please provide one of 'text', \
                'json' or 'csv'.
                Help:  --format <format>  The format: text, json or csv.
                Usage: hide-pipeline results <file> [--set <name=value> ...] [--store <dir>] \
                [--format <format>] [--complete]
                  See 'hide-pipeline results --help' for more information.

                """),
    ]

    @Test(arguments: misuses) func aBadCommandLineEndsWith64(misuse: Misuse) throws {
        try tiny.fill()
        let result = try tiny.command(misuse.arguments.split(separator: " ").map(String.init))
        #expect(result.code == 64)
        #expect(result.message == misuse.message)
        #expect(result.output.isEmpty)
    }

    /// What the program itself finds wrong does not break the promise of `--json`.
    @Test(arguments: ["--set=rtae=1", "--until=modle", "--only=modle", "--force=modle"])
    func aBadCommandLineStillFinishesTheEvents(argument: String) throws {
        try tiny.fill()
        let result = try tiny.run(argument)
        #expect(result.code == 64)
        #expect(result.events.count == 1)
    }
}
