import Engine
import Testing

@Suite struct AccuracyMatrixTests {
    /// Rows are tasks, columns are times:
    ///
    ///     90 80 60
    ///        70 74
    ///           88
    private let matrix = AccuracyMatrix(columns: [[90], [80, 70], [60, 74, 88]])

    /// (60·1 + 74·1 + 88·2)/4 = 77.5.
    @Test func theMicroAverageWeighsPictures() {
        #expect(matrix.microAverage(after: 2, pictures: [10, 10, 20]) == 77.5)
    }

    @Test func oneTaskForgetsNothing() {
        let one = AccuracyMatrix(columns: [[40]])
        #expect(one.faa == 40 && one.caa == 40 && one.ffm == 0 && one.bwt == 0)
    }

    @Test func elementsAreUnknownUntilTheyAreMeasured() {
        var matrix = AccuracyMatrix(taskCount: 3)
        matrix[1, 1] = 1
        #expect(matrix[1, 1] == 1)
        #expect(matrix[1, 2] == nil)
    }
}
