import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// The published recipes carry the published values (Reference 14.3), read from the units they expand to.
@Suite struct RecipeValueTests {
    /// What a stage trains with, task by task; values as in the key documents.
    struct Published: Sendable {
        let pet: String
        let stage: String
        let size: String
        let rate: Double
        let schedule: String
        let clipNorm: Double
        /// What the PET's rate is multiplied by in the first task and after it.
        let petFactors: [Double]
        var headFactor = 1.0
        var merge: Double?
        var contrastiveWeight: Double?
    }

    static let published = [
        Published(
            pet: "prompt", stage: "shared", size: #""length":20"#, rate: 0.03,
            schedule: #"{"step":{"decayEpochs":30,"rate":0.1,"warmUp":0}}"#, clipNorm: 1,
            petFactors: [1, 0.1]),
        Published(
            pet: "prompt", stage: "hide", size: #""length":20"#, rate: 0.05,
            schedule: #"{"cosine":{"warmUp":0}}"#, clipNorm: 1, petFactors: [1, 1],
            headFactor: 0.1, merge: 0.01),
        Published(
            pet: "lora", stage: "shared", size: #""rank":5"#, rate: 0.03,
            schedule: #"{"constant":{}}"#, clipNorm: 2, petFactors: [1, 0.1]),
        Published(
            pet: "lora", stage: "hide", size: #""rank":5"#, rate: 0.01,
            schedule: #"{"cosine":{"warmUp":5}}"#, clipNorm: 2, petFactors: [1, 1], merge: 0.1,
            contrastiveWeight: 0.001),
        Published(
            pet: "adapter", stage: "shared", size: #""bottleneck":5"#, rate: 0.03,
            schedule: #"{"cosine":{"warmUp":5}}"#, clipNorm: 2, petFactors: [1, 0.01]),
        Published(
            pet: "adapter", stage: "hide", size: #""bottleneck":5"#, rate: 0.01,
            schedule: #"{"cosine":{"warmUp":5}}"#, clipNorm: 2, petFactors: [0.1, 1], merge: 0.1,
            contrastiveWeight: 0.001),
    ]

    @Test(arguments: published)
    func theTrainingIsThePublishedOne(recipe: Published) throws {
        let graph = try BundledRecipe.graph("imr_hide\(recipe.pet)")
        for task in 1...10 {
            let own = try graph.parameters("\(recipe.stage)/train[\(task)]")
            #expect(
                own["pet"]?.canonicalJSON
                    == #"{"method":{"blocks":[0,1,2,3,4],\#(recipe.size)},"name":"\#(recipe.pet)"}"#
            )
            guard case .object(let training)? = own["recipe"] else {
                Issue.record("no recipe in \(own)")
                return
            }
            #expect(training["batch"]?.canonicalJSON == #"{"replicas":8,"size":24}"#)
            #expect(training["epochs"]?.number == 50)
            #expect(training["rate"]?.number == recipe.rate)
            #expect(training["clipNorm"]?.number == recipe.clipNorm)
            #expect(training["schedule"]?.canonicalJSON == recipe.schedule)
            #expect(training["optimizer"]?.canonicalJSON.contains("adam") == true)
            #expect(own["petFactor"]?.number == recipe.petFactors[task == 1 ? 0 : 1])
            #expect(own["headFactor"]?.number ?? 1 == recipe.headFactor)
            #expect(own["merge"]?.number == recipe.merge)
            #expect(
                own["contrastive"]?.canonicalJSON
                    == recipe.contrastiveWeight.map {
                        #"{"memory":{"multiCentroid":{"centroids":10}},"weight":\#($0)}"#
                    })
        }
    }

    /// ca_lr 0.005, 30 epochs, ten centroids, five times 24 draws: in both stages.
    @Test(arguments: ["prompt", "lora", "adapter"], ["shared", "hide"])
    func theRecoveryIsThePublishedOne(pet: String, stage: String) throws {
        let own = try BundledRecipe.graph("imr_hide\(pet)").parameters("\(stage)-head/recover[2]")
        #expect(own["statistics"]?.canonicalJSON == #"{"multiCentroid":{"centroids":10}}"#)
        guard case .object(let settings)? = own["settings"] else {
            Issue.record("no settings in \(own)")
            return
        }
        #expect(settings["rate"]?.number == 0.005)
        #expect(settings["epochs"]?.number == 30)
        #expect(settings["samplesPerClass"]?.number == 120)
    }

    /// The reference takes the statistics of prompts before the merge, those of other PETs after it.
    @Test(arguments: [("prompt", true), ("lora", false), ("adapter", false)])
    func theOrderOfStatisticsIsThatOfTheReference(pet: String, isBefore: Bool) throws {
        let own = try BundledRecipe.graph("imr_hide\(pet)").parameters("hide/train[2]")
        #expect((own["keepsUnmerged"] == .bool(true)) == isBefore)
    }

    @Test func tasksClassesAndSeedsAreThePublishedOnes() throws {
        for pet in ["prompt", "lora", "adapter"] {
            let path = SharedData.packageRoot.appending(path: "pipelines/imr_hide\(pet).yaml").path
            let file = try PipelineFile.read(path, registry: Catalog.registry)
            #expect(file.cells.map(\.description) == ["{seed=42}", "{seed=40}", "{seed=44}"])
            #expect(file.graph.unit(named: "hide/train[10]{seed=40}") != nil)
            #expect(file.graph.unit(named: "hide/train[11]{seed=40}") == nil)
        }
    }
}
