import Engine
import Pipeline

/// What came of learning, once or in several episodes.
struct FewShotOutcome {
    /// Share of the test pictures that were named right, percent, of each episode.
    private(set) var accuracies: [Double] = []
    /// The dataset whose PET was chosen in each; empty where nothing chooses.
    private(set) var slots: [Int] = []

    init() {}

    /// Reads `accuracies` and `slots`.
    init(_ artifact: Artifact) throws {
        accuracies = try artifact.doubles("accuracies")
        slots = try artifact.integers("slots")
    }

    mutating func append(accuracy: Double, slot: Int?) {
        accuracies.append(accuracy)
        if let slot { slots.append(slot) }
    }

    mutating func append(_ other: FewShotOutcome) {
        accuracies += other.accuracies
        slots += other.slots
    }

    /// `accuracies [n]`, `slots [n or 0]`.
    var artifact: Artifact {
        Artifact(arrays: ["accuracies": TypedArray(accuracies), "slots": TypedArray(slots)])
    }

    /// Adds what is shown as results: of a single learning its accuracy and slot; of several the mean over
    /// them, and how far they lie apart.
    func store(in artifact: inout Artifact) {
        let (count, n) = (accuracies.count, Double(accuracies.count))
        let mean = accuracies.reduce(0, +) / n
        artifact.attributes["metric.few-shot-accuracy"] = .real(mean)
        if count > 1 {
            // Sample variance s², divisor n - 1. The reference calls 1.96 s a confidence interval, which is
            // that of one episode; the mean of n has 1.96 s / √n (Reference B-30).
            let squares = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            let variance = squares / (n - 1)
            artifact.attributes["metric.few-shot-variance"] = .real(variance)
            artifact.attributes["metric.few-shot-spread"] = .real(1.96 * variance.squareRoot())
            artifact.attributes["metric.few-shot-interval"] = .real(
                1.96 * (variance / n).squareRoot())
            artifact.arrays["metric/few-shot-accuracies"] = TypedArray(accuracies)
            if !slots.isEmpty {
                artifact.arrays["metric/few-shot-slots"] = TypedArray(slots.map(Double.init))
            }
        } else if let slot = slots.first {
            artifact.attributes["metric.few-shot-slot"] = .integer(slot)
        }
    }
}

/// The figures of all episodes.
///
/// Inputs: `episodes[i]`: units of `LearnFewShot`, in order. Output: `metric.few-shot-…`,
/// `metric/few-shot-accuracies [n]`.
struct SummariseFewShot: UnitWork {
    static let kind = "few-shot-summary"
    static let version = 1

    /// The number of inputs.
    let units: Int

    func run(_ context: UnitContext) throws -> Artifact {
        var outcome = FewShotOutcome()
        for unit in 0..<units {
            outcome.append(try FewShotOutcome(context.input(Role.episodes(unit))))
        }
        var artifact = Artifact()
        outcome.store(in: &artifact)
        return artifact
    }
}
