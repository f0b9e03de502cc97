import Data
import TestSupport
import Testing

/// Expected numbers are torch's, printed by `Scripts/fixtures/position_embedding.py`.
@Suite struct PositionEmbeddingTests {
    private static let enlarged: [Float] = [
        0.9259764, -0.7790964, 0.6096386, 0.0839235, 0.1216, 1.0555199, -0.2617221, 0.7268829,
        -0.4702401, 0.2511439, 0.0192386, -0.5204388, 0.1760986, -0.211481, 0.2864002, 0.2426396,
        -0.0265291, 0.5309592, -0.3054398, 0.669203, -1.06208, -0.12816, -0.3068797, -0.4960798,
        0.56, -0.72, 0.3360797, 0.1468802, -0.03184, 0.9020801, -0.9478819, 0.1594021, -0.1222887,
        -0.2003731, 0.8336, -0.5918397, 0.6201513, -0.4030012, 0.24176, -0.1652771, -0.6236801,
        0.31024, 0.1315203, 0.1017219, 0.9984001, -0.2816001, 0.7744798, -0.7696392, 0.4065602,
        -1.0859766,
    ]
    private static let reduced: [Float] = [
        0.3068106, 0.1753567, 0.0796297, 0.1837035, 0.0879763, -0.3621331, -0.164074, -0.0600002,
        0.28, -1.0, -0.6599999, 0.1922226, 0.0362966, 0.3758983, 0.48037, -0.0514811, 0.0529904,
        -0.1615915,
    ]

    @Test(arguments: [(3, 5, enlarged), (5, 3, reduced)])
    func equalsTorch(from: Int, to: Int, expected: [Float]) {
        let values = (0..<(1 + from * from) * 2).map { Float($0 * 37 + 11).remainder101 }
        let result = PositionEmbedding.resampled(values, width: 2, from: from, to: to)
        #expect(Array(result[..<2]) == Array(values[..<2]))
        expectClose(
            ComparedNumbers(result[2...]), ComparedNumbers(expected), within: 1e-6, "embedding")
    }
}

extension Float {
    /// The numbers of the fixture: the rest by 101, brought into -1 to 1.
    fileprivate var remainder101: Float {
        truncatingRemainder(dividingBy: 101) / 50 - 1
    }
}
