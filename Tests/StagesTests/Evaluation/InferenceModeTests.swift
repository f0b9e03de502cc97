import Engine
import Foundation
import Stages
import Testing

/// The votes of top-k and top-p (Reference 10.4), by hand.
@Suite struct InferenceModeTests {
    /// Classes 0 to 3, of which 3 is not seen. Probabilities of the seen ones are 1/4, 1/4, 1/2 in the
    /// first row, and 8/11, 1/11, 2/11 in the second.
    private let logits = Tensor(
        shape: [2, 4],
        [1, 1, 1 + Float(log(2.0)), 50] + [Float(log(8.0)), 0, Float(log(2.0)), 50])
    /// Classes 0 and 1 are of task 0, class 2 is of task 1.
    private func votes(_ mode: InferenceMode) -> [[(task: Int, weight: Float)]] {
        mode.votes(logits: logits, seen: [0, 1, 2]) { $0 / 2 }
            .map { $0.map { ($0.task, $0.weight) } }
    }

    private func expect(
        _ found: [(task: Int, weight: Float)], _ expected: [(Int, Double)],
        location: SourceLocation = #_sourceLocation
    ) {
        #expect(found.map(\.task) == expected.map(\.0), sourceLocation: location)
        for (vote, expected) in zip(found, expected) {
            #expect(abs(Double(vote.weight) - expected.1) < 1e-6, sourceLocation: location)
        }
    }

    @Test func theBestClassesVoteWithTheirProbabilities() {
        let votes = votes(.topK(k: 2))
        expect(votes[0], [(1, 0.5), (0, 0.25)])
        expect(votes[1], [(0, 8.0 / 11), (1, 2.0 / 11)])
    }

    @Test func moreVotesThanClassesAreThoseOfAllClassesSeen() {
        expect(votes(.topK(k: 9))[0], [(1, 0.5), (0, 0.25), (0, 0.25)])
    }

    @Test func improbableClassesHaveNoVote() {
        let votes = votes(.topP(threshold: 0.6))
        expect(votes[0], [])
        expect(votes[1], [(0, 8.0 / 11)])
        expect(self.votes(.topP(threshold: 0))[1], [(0, 8.0 / 11), (1, 2.0 / 11), (0, 1.0 / 11)])
    }
}
