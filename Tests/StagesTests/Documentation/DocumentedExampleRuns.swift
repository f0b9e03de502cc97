// swift-format-ignore-file
// Made of the examples in documentation, line by line; DocumentedExampleTests says how.
import Data
import Engine
import Pipeline
import Testing

@Suite struct DocumentedExampleRuns {
    @Test func exampleClassOrder() throws {
        #expect(ClassOrder.natural.labels(classCount: 3) == [0, 1, 2])
        #expect(ClassOrder.shuffled(seed: 42).labels(classCount: 5) == [3, 1, 2, 4, 0])
        #expect(ClassOrder.classes(labels: [0, 0, 1]).labels(classCount: 3) == nil)
    }

    @Test func examplePixelEncoding() throws {
        let orange = Picture(width: 1, height: 1, pixels: [255, 51, 0])
        #expect(PixelEncoding.unit().values(of: orange) == [1, 0.2, 0])
        #expect(PixelEncoding.symmetric().values(of: orange)[2] == -1)
    }

    @Test func examplePythonRandom() throws {
        // random.seed(42); x = [0, 1, 2, 3]; random.shuffle(x)
        var random = PythonRandom(seed: 42)
        let shuffled = random.shuffled([0, 1, 2, 3])
        #expect(shuffled == [2, 1, 3, 0])
    }

    @Test func exampleRandomSplit() throws {
        let split = RandomSplit(seed: 42, trainShare: 0.8)
        let parts = split.splits(labels: [0, 0, 0, 0, 0])
        #expect(parts.count { $0 == .train } == 4)
    }

    @Test func exampleStoredArray() throws {
        let array = StoredArray(elementType: .bfloat16, shape: [2], bytes: [0x80, 0x3F, 0x00, 0xC0])
        #expect(array?.floats == [1, -2])
        #expect(StoredArray(elementType: .bfloat16, shape: [3], bytes: [0x80, 0x3F]) == nil)
    }

    @Test func exampleAccuracyMatrix() throws {
        // Task 0 is at 90 % when it is learned and at 80 % after task 1, which is at 70 %.
        let matrix = AccuracyMatrix(columns: [[90], [80, 70]])
        #expect(matrix.faa == 75)
        #expect(matrix.caa == 82.5)
        #expect(matrix.ffm == 10)
        #expect(matrix.bwt == -10)
    }

    @Test func exampleClassMeans() throws {
        var means = ClassMeans(classes: 3)
        means.add(Tensor(shape: [2, 2], [1, 0, 0, 1]), labels: [0, 2])
        let scores = means.scores(of: Tensor(shape: [1, 2], [2, 0]), .cosine)
        #expect(scores.values == [1, -.infinity, 0])
    }

    @Test func exampleClassStatistics() throws {
        let statistics = ClassStatistics.compute(
            features: Tensor(shape: [2, 2], [1, 2, 3, 2]), method: .variance,
            stream: RandomStream(seed: 1, name: "statistics"))
        #expect(statistics.centers.tensor.values == [2, 2])
        #expect(statistics.covariance == nil)
    }

    @Test func exampleLearningRateSchedule() throws {
        let schedule = LearningRateSchedule.step(decayEpochs: 2, rate: 0.5, warmUp: 0)
        #expect((0..<4).map { schedule.rate(epoch: $0, of: 4, base: 8) } == [8, 8, 8, 4])
    }

    @Test func exampleLinearHead() throws {
        let head = LinearHead(
            weight: Tensor(shape: [2, 2], [1, 0, 0, 2]), bias: Tensor(shape: [2], [0, 1]))
        #expect(head.classCount == 2)
        #expect(head.logits(Tensor(shape: [1, 2], [3, 4])).values == [3, 9])
    }

    @Test func exampleLoRA() throws {
        let lora = LoRA(rank: 5, blocks: [0, 1, 2, 3, 4])
        #expect(lora.parameterShapes(for: .base16)[0].shape == [5, 768, 5])
        #expect(lora.parameterCount(for: .base16) == 4 * 5 * 768 * 5)
    }

    @Test func exampleNonFiniteValues() throws {
        let found = NonFiniteValues(in: [1, .nan, 2, .infinity] as [Float])
        #expect(found?.count == 2)
        #expect(found?.firstIndex == 1)
        #expect(NonFiniteValues(in: [1, 2] as [Float]) == nil)
    }

    @Test func exampleParameterSet() throws {
        let head = ParameterSet([
            ("head.weight", Tensor(zeros: [10, 768])), ("head.bias", Tensor(zeros: [10])),
        ])
        #expect(head.names == ["head.weight", "head.bias"])
        #expect(head["head.bias"]?.shape == [10])
        #expect(head["head.scale"] == nil)
    }

    @Test func exampleRandomStream() throws {
        let task = RandomStream(seed: 42, name: "train").split("task-3")
        var stream = task.split("shuffle")
        let order = stream.permutation(5)
        var sameName = task.split("shuffle")
        let again = sameName.permutation(5)
        #expect(again == order)
        #expect(order.sorted() == [0, 1, 2, 3, 4])
    }

    @Test func exampleTensor() throws {
        let rows = Tensor(shape: [2, 3], [1, 2, 3, 4, 5, 6])
        #expect(rows.count == 6)
        #expect(rows.values[1 * 3 + 2] == 6)
        #expect(Tensor(zeros: [2, 2]).values == [0, 0, 0, 0])
    }

    @Test func exampleViTConfiguration() throws {
        #expect(ViTConfiguration.base16.headWidth == 64)
        let own = try ViTConfiguration(
            imageSize: 32, patchSize: 4, width: 96, depth: 6, heads: 3, mlpWidth: 384)
        #expect(own.headWidth == 32)
        #expect(own.hasFinalNorm == true)
    }

    @Test func exampleArtifact() throws {
        let artifact = Artifact(
            attributes: ["metric.faa": .real(71.2)],
            arrays: ["head/weight": TypedArray(shape: [1, 2], .float32([0.5, -0.5]))])
        #expect(artifact.arrays["head/weight"]?.shape == [1, 2])
        #expect(artifact.attributes["metric.faa"] == .real(71.2))
    }

    @Test func exampleCell() throws {
        let cell = Cell([
            Cell.Coordinate(axis: "seed", value: .integer(42), text: "42"),
            Cell.Coordinate(axis: "rank", value: .integer(5), text: "5"),
        ])
        #expect(cell.description == "{seed=42,rank=5}")
        #expect(cell["rank"] == .integer(5))
        #expect(cell.restricted(to: ["seed"]).description == "{seed=42}")
    }

    @Test func exampleChecksum() throws {
        let checksum = Checksum("sha256:ba7816bf")
        #expect(checksum?.matches(Digest(of: "abc").hex) == true)
        #expect(checksum?.description == "sha256:ba7816bf…")
        #expect(Checksum("crc32:12345678") == nil)
    }

    @Test func exampleDigest() throws {
        let digest = Digest(of: "abc")
        #expect(digest.hex.prefix(8) == "ba7816bf")
        #expect(Digest(hex: digest.hex) == digest)
        #expect(Digest(hex: "ba7816bf") == nil)
    }

    @Test func exampleDocumentDifference() throws {
        let old = Value.object(["lr": .real(0.01), "epochs": .integer(5)])
        let new = Value.object(["lr": .real(0.02), "epochs": .integer(5)])
        let differences = DocumentDifference.between(old, new, path: "parameters")
        #expect(differences.map(\.description) == ["parameters.lr: 0.01 -> 0.02"])
    }

    @Test func exampleKeyDocument() throws {
        func document(rate: Double) -> KeyDocument {
            KeyDocument(
                kind: "train-task", version: 1, parameters: .object(["lr": .real(rate)]), seed: 42,
                inputs: [:], sources: [:])
        }
        let keys = [0.01, 0.02, 0.01].map { document(rate: $0).key }
        #expect(keys[0] == keys[2])
        #expect(Set(keys).count == 2)
    }

    @Test func examplePlace() throws {
        let place = Place(file: "mine.yaml", line: 14, column: 7)
        #expect(place.description == "mine.yaml:14:7")
        #expect([Place(file: "mine.yaml", line: 15, column: 1), place].min() == place)
    }

    @Test func examplePrintable() throws {
        #expect(Printable.text("a\u{1B}[2J") == #"a\u{1B}[2J"#)
        #expect(Printable.quoted("abcdef", limit: 3) == "abc…")
        #expect(Printable.list(["a", "b", "c"], limit: 2) == "'a', 'b' and 1 more")
    }

    @Test func exampleSetting() throws {
        #expect(try Setting(parsing: "blocks=[0, 1]").name == "blocks")
        #expect(try Setting.list(parsing: "seed=7").map(\.name) == ["seed"])
    }

    @Test func exampleTypedArray() throws {
        let labels = TypedArray(shape: [3], .int64([0, 0, 1]))
        #expect(labels.count == 3)
        #expect(labels.elements == .int64([0, 0, 1]))
    }

    @Test func exampleValue() throws {
        let value = try Value(json: #"{"rank": 5, "blocks": [0, 1]}"#)
        #expect(value == .object(["rank": .integer(5), "blocks": .array([.integer(0), .integer(1)])]))
        #expect(value.canonicalJSON == #"{"blocks":[0,1],"rank":5}"#)
        #expect(Value.real(1).canonicalJSON == "1.0")
    }

    @Test func exampleValueEncoder() throws {
        #expect(try ValueEncoder.value(of: [0.5, 1.0]) == .array([.real(0.5), .integer(1)]))
    }
}
