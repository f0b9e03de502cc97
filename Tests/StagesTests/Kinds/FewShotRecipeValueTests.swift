import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// The few-shot recipes carry the published values (Reference 14.6 and Reference 12), read from the units they expand to.
@Suite struct FewShotRecipeValueTests {
    /// A configuration, with the values of the README where it gives them.
    struct Published: Sendable {
        let name: String
        /// The dataset of each task, in the order of the reference.
        let datasets: [Int]
        let fewShotRate: Double
        let fewShotEpochs: Int
        /// The classes of the first window, and the windows.
        let classes: ClosedRange<Int>
        let windows: Int
    }

    static let published = [
        Published(
            name: "imr", datasets: Array(repeating: 0, count: 8), fewShotRate: 0.001,
            fewShotEpochs: 20, classes: 160...164, windows: 8),
        Published(
            name: "cub_cars",
            datasets: [3, 1, 2, 0, 1, 2, 3, 3, 1, 2, 3, 2, 0, 2, 0, 3, 1, 1, 0, 0],
            fewShotRate: 0.01, fewShotEpochs: 50, classes: 100...119, windows: 5),
    ]

    private func members(_ value: Value?) throws -> [String: Value] {
        guard case .object(let members)? = value else {
            Issue.record("no mapping in \(String(describing: value))")
            return [:]
        }
        return members
    }

    @Test(arguments: published)
    func upstreamTrainingIsThePublishedOne(recipe: Published) throws {
        let graph = try BundledRecipe.graph("\(recipe.name)_few_shot_lora")
        for (task, dataset) in recipe.datasets.enumerated() {
            let shared = try graph.parameters("shared/train[\(task + 1)]")
            #expect(
                shared["pet"]?.canonicalJSON
                    == #"{"method":{"blocks":[0,1,2,3,4],"rank":5},"name":"lora"}"#)
            let unit = try #require(graph.unit(named: "shared/train[\(task + 1)]"))
            // The LoRA 0.01, unscaled, a tenth after the first task of its dataset; the head 0.01 × 48 / 256.
            let isFirst = !recipe.datasets[..<task].contains(dataset)
            let rates = unit.definition.rates.compactMap { $0.rates[0] }
            #expect(rates.count == 2)
            #expect(abs(rates[0] - (isFirst ? 0.01 : 0.001)) < 1e-15)
            #expect(abs(rates[1] - 0.001875) < 1e-15)
            let vanilla = try #require(graph.unit(named: "vanilla/train[\(task + 1)]"))
            let rate = try #require(vanilla.definition.rates[0].rates[0])
            #expect(vanilla.definition.rates.count == 1 && abs(rate - 0.01) < 1e-15)
            for parameters in [shared, try graph.parameters("vanilla/train[\(task + 1)]")] {
                let training = try members(parameters["recipe"])
                #expect(training["batch"]?.canonicalJSON == #"{"replicas":4,"size":48}"#)
                #expect(training["epochs"]?.number == 50 && training["clipNorm"]?.number == 2)
                #expect(training["schedule"]?.canonicalJSON == #"{"constant":{}}"#)
            }
        }
        #expect(graph.unit(named: "shared/train[\(recipe.datasets.count + 1)]") == nil)
        for stage in ["vanilla", "shared"] {
            let own = try graph.parameters("\(stage)-head/recover[2]")
            #expect(own["statistics"]?.canonicalJSON == #"{"multiCentroid":{"centroids":10}}"#)
            let settings = try members(own["settings"])
            #expect(settings["rate"]?.number == 0.005 && settings["epochs"]?.number == 30)
            #expect(settings["samplesPerClass"]?.number == 240)
        }
    }

    @Test(arguments: published)
    func newClassesAreLearnedAsPublished(recipe: Published) throws {
        let graph = try BundledRecipe.graph("\(recipe.name)_few_shot_lora")
        let window = "{first-class=\(recipe.classes.lowerBound)}"
        for name in ["few-shot/learn", "few-shot-vanilla/learn", "few-shot-episodes/episodes[10]"] {
            let own = try graph.parameters(name + window)
            #expect(own["classes"] == .array(recipe.classes.map { .integer($0) }))
            let learning = try members(own["learning"])
            #expect(learning["rate"]?.number == recipe.fewShotRate)
            #expect(learning["epochs"]?.number == Double(recipe.fewShotEpochs))
            #expect(learning["batch"]?.number == (name.contains("episodes") ? nil : 24))
        }
        let episodes = try graph.parameters("few-shot-episodes/episodes[10]\(window)")["episodes"]
        #expect(
            episodes?.canonicalJSON
                == #"{"count":10,"draw":{"queries":100,"shots":5,"ways":5},"first":90}"#)
        #expect(graph.unit(named: "few-shot-episodes/episodes[11]\(window)") == nil)
        #expect(graph.units.count { $0.name.hasPrefix("few-shot/learn{") } == recipe.windows)
        // Every class that upstream leaves out of the dataset is learned in one window.
        let learned = try graph.units.filter { $0.name.hasPrefix("few-shot/learn{") }.flatMap {
            unit in
            guard case .array(let labels)? = try members(unit.definition.parameters)["classes"]
            else {
                return [Value]()
            }
            return labels
        }
        #expect(learned.compactMap(\.number) == (recipe.classes.lowerBound..<200).map(Double.init))
    }
}
