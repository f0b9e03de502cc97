import ArgumentParser

@main
struct HidePipeline: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hide-pipeline",
        abstract: "Runs continual-learning experiments declared in a YAML file.")
}
