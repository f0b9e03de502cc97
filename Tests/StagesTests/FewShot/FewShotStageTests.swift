import Data
import Engine
import Foundation
import Pipeline
import Stages
import Synchronization
import TestSupport
import Testing

/// New classes learned by a head on frozen features (Reference 12.4).
@Suite struct FewShotStageTests {
    static func novel(train: Int = 5, test: Int = 4, settings: String = "") -> String {
        """
          novel:
            uses: dataset
            with: {name: embedded, classes: continual, seed: 2, train-per-class: \(train), test-per-class: \(test), tasks: 1, normalize: symmetric\(settings)}

        """
    }

    /// A shared model on the tasks of the laboratory.
    static let one = DatasetSlotTests.shared("slots: one", data: "data")
    /// A model with a PET a dataset, and the classifiers that choose among them.
    static let several =
        DatasetSlotTests.sequence(DatasetSlotTests.shuffled)
        + DatasetSlotTests.shared(DatasetSlotTests.perDataset) + DatasetSlotTests.heads

    static func stage(
        _ settings: String, needs: String = "", name: String = "few-shot"
    ) -> String {
        """
          \(name):
            uses: few-shot
            needs: {backbone: backbone, data: novel\(needs)}
            with: {seed: 1, epochs: 3, lr: 0.05, \(settings)}

        """
    }

    static let episodes = "protocol: {episodes: {count: 12, ways: 3, shots: 2, queries: 3}}"

    // MARK: The full protocol

    /// A plain loop over the engine: same pictures in the order of classes, same first head, Adam on the head
    /// alone at the rate as it is written. The stage's head and accuracy are those, to the bit.
    @Test(arguments: [false, true])
    func allPicturesAreLearnedClassByClass(hasPET: Bool) throws {
        let lab = try TinyLab(
            Self.novel() + Self.one
                + Self.stage(
                    "classes: [7, 2, 11], batch: 4", needs: hasPET ? ", model: shared" : ""))
        let found = try lab["few-shot/learn"]
        let unit = try #require(lab.file.graph.unit(named: "few-shot/learn"))
        let replay = try Replayed(lab, unit, hasPET: hasPET)
        let manifest = try DatasetManifest(artifact: lab["novel/split"])
        let entries = [7, 2, 11].flatMap { label in
            manifest.entries(split: .train).filter { $0.label == label }
        }
        let stream = RandomStream(seed: 1, name: "few-shot").split("all")
        let trainer = replay.trainer(classes: 3, stream: stream.split("head"))
        let pictures = LabelledPictures(
            access: replay.dataset, entries: entries, rows: [7, 2, 11],
            transform: replay.augmentation)
        for epoch in 0..<3 {
            let loader = pictures.loader(
                batchSize: 4, stream: stream.split("train").split("epoch-\(epoch)"),
                isShuffled: false, threads: 1)
            while let batch = try loader.nextBatch() {
                _ = try trainer.step(
                    [batch.batch], rates: Trainer.Rates(pet: nil, head: 0.05, backbone: nil))
            }
        }
        #expect(found.arrays["head/weight"]?.elements == .float32(trainer.head.weight.values))
        #expect(found.arrays["head/bias"]?.elements == .float32(trainer.head.bias.values))
        #expect(trainer.stepCount == 3 * 4)

        let tests = [7, 2, 11].flatMap { label in
            manifest.entries(split: .test).filter { $0.label == label }
        }
        let loader = LabelledPictures(
            access: replay.dataset, entries: tests, rows: [7, 2, 11],
            transform: .evaluation(replay.evaluation)
        ).sequentialLoader(batchSize: 12, threads: 1)
        let batch = try #require(try loader.nextBatch())
        let logits = trainer.head.logits(replay.features(batch.images))
        let right = batch.labels.indices.count { row in
            let own = logits.values[3 * row..<3 * row + 3]
            return own.firstIndex(of: own.max() ?? 0) == 3 * row + batch.labels[row]
        }
        #expect(
            found.attributes["metric.few-shot-accuracy"] == .real(100 * Double(right) / 12))
        #expect(try lab.doubles("accuracies", of: "few-shot/learn") == [100 * Double(right) / 12])
    }

    /// At a rate of zero the head is the initial one: within ±1/√16, the bias too.
    @Test func theHeadBeginsAsALinearLayerOfTorch() throws {
        let lab = try TinyLab(
            Self.novel() + Self.stage("classes: {first: 3, count: 8}").replacing("0.05", with: "0"))
        for path in ["head/weight", "head/bias"] {
            let values = try lab.floats(path, of: "few-shot/learn")
            #expect(values.allSatisfy { abs($0) <= 0.25 && $0 != 0 })
            #expect(Set(values).count == values.count)
        }
    }

    @Test func easyClassesAreLearned() throws {
        let weights = SharedData.packageRoot.appending(
            path: "pipelines/weights/quickstart_vit.safetensors")
        let trained = """
              trained:
                uses: checkpoint
                with: {model: vit-quickstart, path: "\(weights.path)"}

            """
        let settings = "classes: [0, 5, 10, 15]"
        let lab = try TinyLab(
            Self.novel(train: 8, test: 10) + trained
                + (Self.stage("\(settings), batch: 8")
                + Self.stage(
                    "\(settings), protocol: {episodes: {count: 3, ways: 4, queries: 10}}",
                    name: "episodes"))
                .replacing("epochs: 3", with: "epochs: 20")
                .replacing("backbone: backbone", with: "backbone: trained"))
        let losses = try lab.doubles("losses", of: "few-shot/learn")
        #expect(losses.count == 20 && losses[19] < 0.7 * losses[0])
        // Four classes: chance is 25, and 40 pictures have a standard error of 7.
        #expect(try lab.doubles("accuracies", of: "few-shot/learn")[0] > 55)
        let episodes = try lab.doubles("accuracies", of: "episodes/episodes[1]")
        #expect(episodes.count == 3 && episodes.allSatisfy { $0 > 50 }, "\(episodes)")
    }

    // MARK: Episodes

    @Test func figuresAreThoseOfTheEpisodes() throws {
        let lab = try TinyLab(
            Self.novel() + Self.stage("classes: [0, 3, 6, 9, 12], \(Self.episodes)"))
        let accuracies =
            try lab.doubles("accuracies", of: "few-shot/episodes[1]")
            + lab.doubles("accuracies", of: "few-shot/episodes[2]")
        #expect(accuracies.count == 12 && Set(accuracies).count > 2)
        // Nine queries each.
        #expect(accuracies.allSatisfy { abs($0 * 0.09 - ($0 * 0.09).rounded()) < 1e-9 })
        let summary = try lab["few-shot/summary"]
        #expect(
            try lab.doubles("metric/few-shot-accuracies", of: "few-shot/summary") == accuracies)
        let mean = accuracies.reduce(0, +) / 12
        let variance = accuracies.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 11
        let expected = [
            "accuracy": mean, "variance": variance, "spread": 1.96 * variance.squareRoot(),
            "interval": 1.96 * variance.squareRoot() / 12.0.squareRoot(),
        ]
        for (name, value) in expected {
            guard case .real(let found) = summary.attributes["metric.few-shot-\(name)"] else {
                Issue.record("no \(name)")
                continue
            }
            #expect(abs(found - value) < 1e-9 * max(1, value), "\(name)")
        }
        #expect(summary.attributes["metric.few-shot-slot"] == nil)
    }

    /// The first ten are a unit of their own, which neither more episodes nor their number change.
    @Test func moreEpisodesLeaveTheEarlierOnesAsTheyAre() throws {
        func document(_ count: Int) throws -> [String] {
            let text = Self.episodes.replacing("count: 12", with: "count: \(count)")
            let graph = try TinyLab.read(
                Self.novel() + Self.stage("classes: [0, 3, 6, 9, 12], \(text)")
            ).graph
            return graph.units.filter { $0.definition.kind == "few-shot" }
                .map(\.definition.parameters.canonicalJSON)
        }
        #expect(try document(10) == Array(document(25).prefix(1)))
        #expect(try document(12).count == 2 && document(25).count == 3)
        #expect(try document(12)[1] != document(25)[1])
    }

    @Test func oneEpisodeHasNoSpread() throws {
        let text = Self.episodes.replacing("count: 12", with: "count: 1")
        let lab = try TinyLab(Self.novel() + Self.stage("classes: [0, 3, 6], \(text)"))
        let names = try lab["few-shot/summary"].attributes.keys
        #expect(names.contains("metric.few-shot-accuracy"))
        #expect(!names.contains { $0.contains("interval") || $0.contains("spread") })
    }

    @Test func threadsChangeNothing() throws {
        let lab = try TinyLab(
            Self.novel() + Self.several
                + Self.stage(
                    "classes: [0, 3, 6, 9]", needs: ", model: shared, router: vanilla-head")
                + Self.stage(
                    "classes: [0, 3, 6, 9], \(Self.episodes)",
                    needs: ", model: shared, router: vanilla-head", name: "episodes"))
        for name in ["few-shot/learn", "episodes/episodes[2]"] {
            let unit = try #require(lab.file.graph.unit(named: name))
            var inputs: [String: Artifact] = [:]
            for (role, id) in unit.definition.inputs {
                inputs[role] = try lab[lab.file.graph[id].name]
            }
            let context = UnitContext(
                threads: 3, inputs: inputs, digests: inputs.mapValues(\.digest.hex))
            let again = try unit.definition.run(context)
            #expect(try again.digest == lab[name].digest)
        }
    }

    /// Stopped at every step once, the run ends with the bytes of an untouched one.
    @Test(arguments: ["", ", model: shared, router: vanilla-head"])
    func aRunThatIsStoppedAtEveryStepEndsWithTheSameBytes(needs: String) async throws {
        let settings = Self.episodes.replacing("count: 12", with: "count: 3")
        let graph = try TinyLab.read(
            Self.novel() + Self.several + Self.stage("classes: [0, 3, 6]", needs: needs)
                + Self.stage("classes: [0, 3, 6], \(settings)", needs: needs, name: "episodes")
        ).graph
        let untouched = InMemoryArtifactStore()
        #expect(await Runner().run(graph, in: untouched).exitCode == 0)
        let stopped = InMemoryArtifactStore()
        let seen = Mutex<Set<String>>([])
        var runs = 0
        var exitCode: Int32 = 130
        while exitCode == 130, runs < 100 {
            let runner = Runner()
            exitCode = await runner.run(graph, in: stopped) { event in
                guard case .unitProgress(let step) = event,
                    ["few-shot", "episodes"].contains(step.unit.split(separator: "/")[0])
                else { return }
                let name = "\(step.unit) \(step.detail ?? "") \(step.done)"
                if seen.withLock({ $0.insert(name).inserted }) { runner.stop.request() }
            }.exitCode
            runs += 1
        }
        // 3 epochs of one batch of all, of three episodes as well, and as many measurements.
        #expect(exitCode == 0 && runs > 3 + 3 * 3)
        func digests(_ store: InMemoryArtifactStore) -> [String: String] {
            Dictionary(
                uniqueKeysWithValues: store.records().map { ($0.name.unit, $0.digest.hex) })
        }
        #expect(digests(stopped) == digests(untouched))
    }

    // MARK: The router

    /// The votes by hand: features of the bare backbone, the largest of all logits, the dataset of its class.
    @Test func mostTrainingPicturesDecideOnTheSlot() throws {
        let router = ", model: shared, router: vanilla-head"
        let draw = FewShotDraw(ways: 2, shots: 1, queries: 3)
        let episodes = "protocol: {episodes: {count: 12, ways: 2, shots: 1, queries: 3}}"
        let lab = try TinyLab(
            Self.novel() + Self.several
                + "  means: {uses: nearest-class-mean, needs: {backbone: backbone, data: novel}}\n"
                + Self.stage("classes: [0, 3, 6, 9, 12]", needs: router)
                + Self.stage(
                    "classes: [0, 3, 6, 9, 12], \(episodes)", needs: router, name: "episodes")
                + [0, 1].map {
                    Self.stage(
                        "classes: [0, 3, 6, 9, 12], slot: \($0)", needs: ", model: shared",
                        name: "slot-\($0)")
                }.joined())
        let manifest = try DatasetManifest(artifact: lab["novel/split"])
        let train = manifest.entries(split: .train)
        let features = try lab.floats("features", of: "means/features[1]")
        let weight = try lab.floats("head/weight", of: "vanilla-head/recover[4]")
        let bias = try lab.floats("head/bias", of: "vanilla-head/recover[4]")
        // Eight classes: the first four are of dataset 0.
        let votes = train.indices.map { row in
            let logits = (0..<8).map { label in
                (0..<16).reduce(bias[label]) {
                    $0 + features[16 * row + $1] * weight[16 * label + $1]
                }
            }
            return (logits.firstIndex(of: logits.max() ?? 0) ?? 0) / 4
        }
        func majority(_ entries: [DatasetManifest.Entry]) throws -> Int {
            let own = try entries.map { entry in
                votes[try #require(train.firstIndex(of: entry))]
            }
            return own.count { $0 == 1 } > own.count { $0 == 0 } ? 1 : 0
        }
        #expect(Set(votes) == [0, 1], "all vote alike: the test says little")
        let all = try FewShotPictures(manifest, classes: [0, 3, 6, 9, 12])
        let chosen = try majority(all.all.support)
        #expect(
            try lab["few-shot/learn"].attributes["metric.few-shot-slot"] == .integer(chosen))
        let base = RandomStream(seed: 1, name: "few-shot")
        let expected = try (0..<12).map {
            try majority(
                all.episode(draw, stream: base.split("episode-\($0)").split("draw")).support)
        }
        #expect(Set(expected).count == 2, "one slot for all episodes: the test says little")
        #expect(
            try lab.doubles("metric/few-shot-slots", of: "episodes/summary")
                == expected.map(Double.init))
        // Under the chosen slot the head learns what it learns where the file names that slot.
        let (one, other) = (try lab["slot-\(chosen)/learn"], try lab["slot-\(1 - chosen)/learn"])
        let found = try lab["few-shot/learn"]
        for path in ["head/weight", "head/bias", "losses", "accuracies"] {
            #expect(found.arrays[path] == one.arrays[path], "\(path)")
        }
        #expect(found.arrays["head/weight"] != other.arrays["head/weight"])
        #expect(one.attributes["metric.few-shot-slot"] == nil)
    }

    @Test func slotsAreThoseAfterTheLastTaskOfTheirDataset() throws {
        let graph = try TinyLab.read(
            Self.novel() + Self.several
                + Self.stage("classes: [0]", needs: ", model: shared, router: vanilla-head")
        ).graph
        let unit = try #require(graph.unit(named: "few-shot/learn"))
        // Datasets 0, 1, 1, 0.
        #expect(
            unit.definition.inputs.dropFirst(2).map { "\($0.role)=\(graph[$0.unit].name)" } == [
                "slot[0]=shared/train[4]", "slot[1]=shared/train[3]",
                "router=few-shot/router",
            ])
        let router = try #require(graph.unit(named: "few-shot/router"))
        #expect(
            router.definition.inputs.map { "\($0.role)=\(graph[$0.unit].name)" } == [
                "head=vanilla-head/recover[4]", "data=sequence/split",
            ])
    }

    // MARK: Other models, and results

    @Test func everyFrozenModelServes() throws {
        let full = DatasetSlotTests.shared("clip-norm: 1", pet: "full", data: "data")
        let lab = try TinyLab(
            Self.novel() + full + Self.stage("classes: [0, 3]", needs: ", model: shared")
                + DatasetSlotTests.shared("clip-norm: 1", pet: "none", data: "data")
                .replacing("shared:", with: "vanilla:")
                + Self.stage("classes: [0, 3]", needs: ", model: vanilla", name: "on-vanilla")
                + Self.stage("classes: [0, 3]", name: "on-backbone"))
        func head(_ name: String) throws -> TypedArray? { try lab[name].arrays["head/weight"] }
        // Without a PET the model is its backbone: the same unit.
        let graph = lab.file.graph
        #expect(graph.unit(named: "on-backbone/learn") == nil)
        #expect(try head("few-shot/learn") != head("on-vanilla/learn"))
        let input = try #require(graph.unit(named: "few-shot/learn")).definition.inputs[0]
        #expect(graph[input.unit].name == "shared/train[4]")
    }

    @Test func aNormBeforeTheHeadIsTrainedWithIt() async throws {
        let text = TinyLab.text(Self.novel() + Self.stage("classes: [0, 3]"))
            .replacing("depth: 2, heads: 2", with: "depth: 2, heads: 2, final-norm: false")
        let folder = try TemporaryFolder()
        let path = try folder.write(Array(text.utf8), to: "p.yaml")
        let graph = try PipelineFile.read(path, registry: Catalog.registry).graph
        let store = InMemoryArtifactStore()
        #expect(await run(graph, store) == 0)
        let record = try #require(store.records().first { $0.name.unit == "few-shot/learn" })
        let weight = try store.artifact(of: record).arrays["head-mapping/fc_norm.weight"]
        guard case .float32(let values)? = weight?.elements else {
            Issue.record("no norm")
            return
        }
        #expect(values.count == 16 && values.allSatisfy { $0 != 1 })
    }

    @Test func resultsShowTheFigures() throws {
        let lab = try TinyLab(
            Self.novel() + Self.several
                + Self.stage("classes: [0, 3, 6]", needs: ", model: shared, router: vanilla-head")
                + Self.stage("classes: [0, 3, 6], \(Self.episodes)", name: "episodes"))
        let results = try ResultSet(of: lab.file.graph) { try? lab[$0.name] }
        let metrics = Dictionary(grouping: results.entries, by: \.stage)
            .mapValues { Set($0.map(\.metric)) }
        #expect(metrics["few-shot"] == ["few-shot-accuracy", "few-shot-slot"])
        #expect(
            metrics["episodes"] == [
                "few-shot-accuracy", "few-shot-variance", "few-shot-interval", "few-shot-spread",
                "few-shot-accuracies",
            ])
        let text = try ResultTable(results, of: lab.file).text
        for name in ["few-shot-accuracy", "few-shot-interval", "few-shot-spread", "few-shot-slot"] {
            #expect(text.contains(name), "\(text)")
        }
        // A split is that of the new pictures.
        let split = try DatasetManifest(artifact: lab["novel/split"]).split
        #expect(results.entries.allSatisfy { $0.split == split })
    }

    private func run(_ graph: UnitGraph, _ store: InMemoryArtifactStore) async -> Int32 {
        await Runner().run(graph, in: store).exitCode
    }
}

/// What a plain loop over the engine needs of a unit and its inputs.
private struct Replayed {
    let backbone: VisionTransformer
    let pet: PET?
    let augmentation: PictureTransform
    let evaluation: EvaluationTransform
    let dataset = EmbeddedDataset(
        classes: .continual, seed: 2, size: 32, trainPerClass: 5, testPerClass: 4)

    init(_ lab: TinyLab, _ unit: UnitNode, hasPET: Bool) throws {
        let artifact = try lab["backbone/train"]
        let model = try #require(artifact.attributes["model"]).canonicalJSON
        backbone = VisionTransformer(
            try ViTWeights(
                configuration: JSONDecoder().decode(ViTConfiguration.self, from: Data(model.utf8)),
                parameters: Self.parameters("backbone", of: artifact)))
        pet =
            hasPET
            ? PET(
                method: LoRA(rank: 2, blocks: [0, 1]),
                parameters: try Self.parameters("pet", of: lab["shared/train[4]"])) : nil
        guard case .object(let parameters) = unit.definition.parameters,
            let augmentation = parameters["augmentation"], let evaluation = parameters["transform"]
        else { throw ReplayError() }
        self.augmentation = try JSONDecoder().decode(
            PictureTransform.self, from: Data(augmentation.canonicalJSON.utf8))
        self.evaluation = try JSONDecoder().decode(
            EvaluationTransform.self, from: Data(evaluation.canonicalJSON.utf8))
    }

    func trainer(classes: Int, stream: RandomStream) -> Trainer {
        Trainer(
            backbone: backbone, pet: pet,
            head: .uniform(classes: classes, width: 16, stream: stream), scope: .headOnly,
            optimizer: .adam, clipNorm: nil, workers: Workers(threads: 1))
    }

    func features(_ images: Tensor) -> Tensor {
        backbone.features(images, pet: pet, workers: Workers(threads: 1))
    }

    private static func parameters(_ group: String, of artifact: Artifact) throws -> ParameterSet {
        guard case .array(let names)? = artifact.attributes["\(group).names"] else {
            throw ReplayError()
        }
        return ParameterSet(
            try names.map { name in
                guard case .string(let name) = name,
                    let array = artifact.arrays["\(group)/\(name)"],
                    case .float32(let values) = array.elements
                else { throw ReplayError() }
                return (name, Tensor(shape: array.shape, values))
            })
    }
}

private struct ReplayError: Error {}
