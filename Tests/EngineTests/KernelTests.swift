import CKernels
import Engine
import Foundation
import Synchronization
import TestSupport
import Testing

/// The C kernels against plain loops in double.
@Suite struct KernelTests {
    static let widths = [1, 5, 16, 17, 33, 197, 768]

    private func random(_ count: Int, _ bound: Float, _ name: String) -> [Float] {
        SmallModel.random([count], bound, around: 0, RandomStream(seed: 11, name: name)).values
    }

    @Test func geluAndItsDerivativeAreExactToRounding() {
        let x = (-120_000...120_000).map { Float($0) * 1e-4 }
        var derivative = x
        var values = [Float](repeating: 0, count: x.count)
        ck_gelu_with_derivative(x.count, &derivative, &values)
        var inPlace = x
        ck_gelu(x.count, &inPlace)
        #expect(inPlace == values)
        var (errors, slopeErrors): ([Double], [Double]) = ([], [])
        for index in x.indices {
            let z = Double(x[index])
            let distribution = 0.5 * erfc(-z / 2.0.squareRoot())
            let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
            let scale = max(1, abs(z))
            errors.append((Double(values[index]) - z * distribution) / scale)
            slopeErrors.append(Double(derivative[index]) - (distribution + z * density))
        }
        let zeros = x.map { _ in 0.0 }
        expectClose(errors, zeros, within: 1.5e-7, "GELU")
        expectClose(slopeErrors, zeros, within: 3e-7, "its derivative")
    }

    @Test func geluOfNotANumberIsNone() {
        var x: [Float] = [.nan, .infinity, -1e30]
        ck_gelu(3, &x)
        #expect(x[0].isNaN && x[1] == .infinity && abs(x[2]) < 1e-6)
    }

    @Test(arguments: widths)
    func softmaxAndItsBackwardPassAgree(width: Int) {
        let (rows, stride) = (3, width + 3)
        let start = random(rows * stride, 8, "scores")
        let upstream = random(rows * stride, 1, "upstream")
        var p = start
        ck_softmax(rows, width, &p, stride)
        var d = upstream
        ck_softmax_backward(rows, width, p, stride, &d, stride)
        for row in 0..<rows {
            let scores = (0..<width).map { Double(start[row * stride + $0]) }
            let powers = scores.map { exp($0) }
            let expected = powers.map { $0 / powers.reduce(0, +) }
            let dot = (0..<width).reduce(0) {
                $0 + expected[$1] * Double(upstream[row * stride + $1])
            }
            for column in 0..<width {
                let index = row * stride + column
                #expect(abs(Double(p[index]) - expected[column]) < 1e-6)
                let gradient = expected[column] * (Double(upstream[index]) - dot)
                #expect(abs(Double(d[index]) - gradient) < 1e-6)
            }
            for column in width..<stride {
                #expect(p[row * stride + column] == start[row * stride + column])
            }
        }
    }

    @Test(arguments: widths)
    func layerNormAndItsBackwardPassAgree(width: Int) {
        let (rows, stride) = (4, width + 2)
        let x = random(rows * stride, 2, "x")
        let dy = random(rows * stride, 1, "dy")
        let weight = random(width, 1, "weight")
        let bias = random(width, 1, "bias")
        var y = [Float](repeating: 0, count: rows * stride)
        var statistics = [Float](repeating: 0, count: 2 * rows)
        ck_layer_norm(rows, width, x, stride, weight, bias, 1e-5, &y, stride, &statistics)
        var dx = [Float](repeating: 1, count: rows * stride)
        ck_layer_norm_backward(
            rows, width, x, stride, weight, statistics, dy, stride, &dx, stride)
        var dWeight = [Float](repeating: 0, count: width)
        var dBias = dWeight
        ck_layer_norm_parameters_backward(
            rows, width, x, stride, statistics, dy, stride, &dWeight, &dBias)

        var expectedWeight = [Double](repeating: 0, count: width)
        for row in 0..<rows {
            let values = (0..<width).map { Double(x[row * stride + $0]) }
            let mean = values.reduce(0, +) / Double(width)
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            let rstd = 1 / (variance + 1e-5).squareRoot()
            let n = values.map { ($0 - mean) * rstd }
            let g = (0..<width).map { Double(dy[row * stride + $0]) * Double(weight[$0]) }
            let meanG = g.reduce(0, +) / Double(width)
            let meanGN = zip(g, n).reduce(0) { $0 + $1.0 * $1.1 } / Double(width)
            for column in 0..<width {
                let index = row * stride + column
                let expected = n[column] * Double(weight[column]) + Double(bias[column])
                #expect(abs(Double(y[index]) - expected) < 1e-5)
                let gradient = 1 + rstd * (g[column] - meanG - n[column] * meanGN)
                #expect(abs(Double(dx[index]) - gradient) < 1e-5 * max(1, rstd))
                expectedWeight[column] += Double(dy[index]) * n[column]
            }
        }
        for column in 0..<width {
            #expect(abs(Double(dWeight[column]) - expectedWeight[column]) < 1e-5)
            let sum = (0..<rows).reduce(0) { $0 + Double(dy[$1 * stride + column]) }
            #expect(abs(Double(dBias[column]) - sum) < 1e-5)
        }
    }

    @Test func callersOfOnePoolTakeTurnsAndPoolsRunSideBySide() async {
        let shared = Workers(threads: 2)
        let total = Counter()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    let own = task % 2 == 0 ? shared : Workers(threads: 2)
                    for _ in 0..<200 { own.run(3) { _ in _ = total.add(1) } }
                }
            }
        }
        #expect(total.value == 4 * 200 * 3)
    }
}

/// A number that several threads add to: atomic, since sanitizers do not see into a lock of the standard
/// library.
final class Counter: Sendable {
    private let stored = Atomic(0)

    var value: Int { stored.load(ordering: .acquiring) }

    @discardableResult
    func add(_ amount: Int) -> Int {
        stored.add(amount, ordering: .acquiringAndReleasing).newValue
    }

    func raise(to least: Int) { stored.max(least, ordering: .acquiringAndReleasing) }
}
