import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// The baselines with a prompt pool carry the published values (Reference 14.5), read from the units they
/// expand to.
@Suite struct PoolRecipeValueTests {
    enum Method: String, CaseIterable {
        case l2p, dualprompt, sprompt
    }

    /// A column of the table: what the methods have in common on a dataset.
    struct Benchmark: Sendable {
        let name: String
        let tasks: Int
        let epochs: Int
        let rate: Double
        let batch: Int
        /// Entries, and their length: of L2P, then of both others.
        let sizes: [Int]
        let lengths: [Int]
        let generalLength: Int
        /// The weight of the term that pulls keys: of L2P, then of both others.
        let pulls: [Double]
        /// Whether a batch votes: L2P, DualPrompt, S-Prompt.
        let votes: [Bool]
        /// Of every task: its binding to the first task alone is repaired (Reference B-6).
        var schedule = constant
    }

    static let constant = #"{"constant":{}}"#
    static let benchmarks = [
        Benchmark(
            name: "imr", tasks: 10, epochs: 50, rate: 0.005, batch: 24, sizes: [10, 10],
            lengths: [5, 20], generalLength: 5, pulls: [0.1, 1], votes: [true, false, false]),
        Benchmark(
            name: "cifar100", tasks: 10, epochs: 5, rate: 0.03, batch: 24, sizes: [10, 10],
            lengths: [5, 20], generalLength: 5, pulls: [0.1, 1], votes: [true, false, true]),
        Benchmark(
            name: "cub", tasks: 10, epochs: 5, rate: 0.03, batch: 24, sizes: [10, 10],
            lengths: [5, 20], generalLength: 5, pulls: [0.1, 1], votes: [true, false, false],
            schedule: #"{"step":{"decayEpochs":30,"rate":0.1,"warmUp":0}}"#),
        Benchmark(
            name: "five_datasets", tasks: 5, epochs: 5, rate: 0.03, batch: 16, sizes: [20, 5],
            lengths: [10, 40], generalLength: 10, pulls: [0.5, 0.5], votes: [true, true, true]),
    ]

    @Test(arguments: benchmarks, Method.allCases)
    func theRecipeIsThePublishedOne(benchmark: Benchmark, method: Method) throws {
        let graph = try BundledRecipe.graph("\(benchmark.name)_\(method)")
        let isL2P = method == .l2p
        let kind = isL2P ? 0 : 1
        for task in 1...benchmark.tasks {
            let own = try graph.parameters("pool/train[\(task)]")
            #expect(own["pool"]?.canonicalJSON == pool(benchmark, method))
            // With a mask, task t reads its own entries in training.
            let choosing = isL2P ? (benchmark.votes[0] ? "batch" : "instance") : "mask"
            #expect(own["choosing"] == .string(choosing))
            #expect((own["isWarmStarted"] == .bool(true)) == (!isL2P && task > 1))
            #expect(own["pull"]?.number == benchmark.pulls[kind])
            guard case .object(let training)? = own["recipe"] else {
                Issue.record("no recipe in \(own)")
                return
            }
            #expect(
                training["batch"]?.canonicalJSON == #"{"replicas":8,"size":\#(benchmark.batch)}"#)
            #expect(training["epochs"]?.number == Double(benchmark.epochs))
            #expect(training["rate"]?.number == benchmark.rate)
            #expect(training["clipNorm"]?.number == 1)
            #expect(training["schedule"]?.canonicalJSON == benchmark.schedule)
            #expect(training["optimizer"]?.canonicalJSON.contains("adam") == true)
        }
        #expect(graph.unit(named: "pool/train[\(benchmark.tasks + 1)]{seed=42}") == nil)
        let evaluation = try graph.parameters("scores/evaluate[2]").values
            .map(\.canonicalJSON).joined()
        let index = try #require(Method.allCases.firstIndex(of: method))
        #expect(evaluation.contains(#""isBatchwise":true"#) == benchmark.votes[index])
    }

    private func pool(_ benchmark: Benchmark, _ method: Method) -> String {
        let kind = method == .l2p ? 0 : 1
        let general =
            method == .dualprompt
            ? #""general":{"blocks":[0,1],"length":\#(benchmark.generalLength)},"# : ""
        let insertion =
            switch method {
            case .l2p: #"{"tokens":{"block":0}}"#
            case .dualprompt: #"{"prefix":{"blocks":[2,3,4]}}"#
            case .sprompt: #"{"prefix":{"blocks":[0,1,2,3,4]}}"#
            }
        return "{\(general)\"insertion\":\(insertion),\"length\":\(benchmark.lengths[kind]),"
            + "\"size\":\(benchmark.sizes[kind]),\"topK\":\(kind == 0 ? 4 : 1)}"
    }
}
