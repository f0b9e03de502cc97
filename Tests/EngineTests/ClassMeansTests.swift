import Engine
import Testing

@Suite struct ClassMeansTests {
    /// Means (1, 0) of class 0 and (0, 2) of class 2; nothing of class 1. The feature (3, 4) has cosines 3/5
    /// and 4/5, and squared distances 20 and 13.
    @Test func nearnessByHand() {
        var means = ClassMeans(classes: 3)
        means.add(Tensor(shape: [2, 2], [0, 0, 2, 0]), labels: [0, 0])
        means.add(Tensor(shape: [1, 2], [0, 2]), labels: [2])
        let feature = Tensor(shape: [1, 2], [3, 4])
        let cosine = means.scores(of: feature, .cosine)
        #expect(cosine.shape == [1, 3])
        #expect(abs(cosine.values[0] - 0.6) < 1e-6 && abs(cosine.values[2] - 0.8) < 1e-6)
        #expect(cosine.values[1] == -.infinity)
        #expect(means.scores(of: feature, .euclidean).values == [-20, -.infinity, -13])
    }

    @Test func aZeroFeatureIsNearToNothing() {
        var means = ClassMeans(classes: 1)
        means.add(Tensor(shape: [1, 2], [1, 1]), labels: [0])
        #expect(means.scores(of: Tensor(zeros: [1, 2]), .cosine).values == [0])
    }
}
