import Engine
import TestSupport
import Testing

/// The hand-written backward passes of the plain layers against central differences in double.
@Suite struct PlainLayerTests {
    /// Rows, inputs and outputs: one of each, odd ones, more rows than columns and fewer.
    static let shapes: [[Int]] = [[1, 1, 1], [1, 5, 3], [3, 1, 2], [7, 4, 5], [2, 9, 1]]

    @Test(arguments: shapes)
    func linear(shape: [Int]) {
        let (rows, inputs, outputs) = (shape[0], shape[1], shape[2])
        var check = Check("linear \(shape)")
        let x = check.add("x", rows, inputs)
        let weight = check.add("weight", outputs, inputs)
        let bias = check.add("bias", 1, outputs)
        let dy = check.noise("dy", rows, outputs)
        func layer(_ p: [PlainMatrix]) -> PlainLinear {
            PlainLinear(weight: p[1], bias: p[2].values)
        }
        let found = layer([x, weight, bias]).backward(x, dy)
        check.expect([found.dx.values, found.dWeight.values, found.dBias]) {
            layer($0).forward($0[0]).dot(dy)
        }
    }

    @Test(arguments: shapes)
    func layerNorm(shape: [Int]) {
        let (rows, width) = (shape[0], shape[1])
        var check = Check("norm \(shape)")
        let x = check.add("x", rows, width)
        let weight = check.add("weight", 1, width)
        let bias = check.add("bias", 1, width)
        let dy = check.noise("dy", rows, width)
        func layer(_ p: [PlainMatrix]) -> PlainNorm {
            PlainNorm(weight: p[1].values, bias: p[2].values, epsilon: 1e-2)
        }
        let found = layer([x, weight, bias]).backward(x, dy)
        check.expect([found.dx.values, found.dWeight, found.dBias]) {
            layer($0).forward($0[0]).dot(dy)
        }
    }

    @Test(arguments: [0, 1])
    func activations(index: Int) {
        let activation = [PlainActivation.gelu, .relu][index]
        var check = Check("activation \(index)")
        let x = check.add("x", 5, 7)
        let dy = check.noise("dy", 5, 7)
        check.expect([activation.backward(x, dy).values]) { activation.forward($0[0]).dot(dy) }
    }

    /// Queries, prefix rows, head width and heads.
    @Test(arguments: [[1, 0, 1, 1], [3, 0, 2, 2], [5, 2, 3, 1], [4, 1, 1, 3], [1, 4, 5, 2]])
    func attention(shape: [Int]) {
        let (rows, prefix, size, heads) = (shape[0], shape[1], shape[2], shape[3])
        let layer = PlainAttention(heads: heads)
        var check = Check("attention \(shape)")
        let q = check.add("q", rows, size * heads)
        let k = check.add("k", prefix + rows, size * heads)
        let v = check.add("v", prefix + rows, size * heads)
        let dO = check.noise("do", rows, size * heads)
        let found = layer.backward(q: q, k: k, v: v, dO)
        check.expect([found.dq.values, found.dk.values, found.dv.values]) {
            layer.forward(q: $0[0], k: $0[1], v: $0[2]).dot(dO)
        }
    }

    @Test(arguments: shapes, [1, 3])
    func lowRankDelta(shape: [Int], rank: Int) {
        let (rows, inputs, outputs) = (shape[0], shape[1], shape[2])
        var check = Check("low rank \(shape)")
        let x = check.add("x", rows, inputs)
        let down = check.add("down", inputs, rank)
        let up = check.add("up", rank, outputs)
        let dy = check.noise("dy", rows, outputs)
        func layer(_ p: [PlainMatrix]) -> PlainLowRank {
            PlainLowRank(down: p[1], up: p[2], scale: 0.2)
        }
        let found = layer([x, down, up]).backward(x, dy)
        check.expect([found.dx.values, found.dDown.values, found.dUp.values]) {
            layer($0).forward($0[0]).dot(dy)
        }
    }

    @Test(arguments: shapes)
    func adapter(shape: [Int]) {
        let (rows, width, size) = (shape[0], shape[1], shape[2])
        var check = Check("adapter \(shape)")
        let a = check.add("a", rows, width)
        let parts = [
            check.add("down", width, size), check.add("down bias", 1, size),
            check.add("up", size, width), check.add("up bias", 1, width),
        ]
        let dy = check.noise("dy", rows, width)
        func layer(_ p: [PlainMatrix]) -> PlainAdapter {
            PlainAdapter(
                down: p[1], downBias: p[2].values, up: p[3], upBias: p[4].values)
        }
        let found = layer([a] + parts).backward(a, dy)
        check.expect([
            found.da.values, found.dDown.values, found.dDownBias, found.dUp.values, found.dUpBias,
        ]) { layer($0).forward($0[0]).dot(dy) }
    }

    @Test(arguments: [[1, 1], [3, 2], [5, 7]], [true, false])
    func maskedCrossEntropy(shape: [Int], isMasked: Bool) {
        let (rows, classes) = (shape[0], shape[1])
        let allowed = isMasked ? Array(0..<(classes + 1) / 2) : nil
        let layer = PlainCrossEntropy(
            labels: (0..<rows).map { $0 % (allowed?.count ?? classes) }, allowed: allowed)
        var check = Check("cross-entropy \(shape)")
        let logits = check.add("logits", rows, classes)
        check.expect([layer.backward(logits).values]) { layer.forward($0[0]) }
    }

    @Test(arguments: [0, 1, 4], [1, 3])
    func contrastiveTerm(stored: Int, rows: Int) {
        var check = Check("contrast \(stored) \(rows)")
        let features = check.add("features", rows, 5)
        let layer = PlainContrast(weight: 0.7, memory: check.noise("memory", stored, 5))
        check.expect([layer.backward(features).values]) { layer.forward($0[0]) }
    }
}

/// Inputs of a scalar function, and its slopes in them by central differences.
private struct Check {
    private let title: String
    private var names: [String] = []
    private var inputs: [PlainMatrix] = []

    init(_ title: String) { self.title = title }

    /// Random numbers between -1 and 1.
    func noise(_ name: String, _ rows: Int, _ columns: Int) -> PlainMatrix {
        var stream = RandomStream(seed: 3, name: "\(title) \(name)")
        return PlainMatrix(rows, columns) { _, _ in Double(2 * stream.uniform() - 1) }
    }

    /// Adds a random input.
    mutating func add(_ name: String, _ rows: Int, _ columns: Int) -> PlainMatrix {
        let value = noise(name, rows, columns)
        names.append(name)
        inputs.append(value)
        return value
    }

    /// Expects the gradients to be the slopes of `loss`, to 1e-6 of the largest of each input.
    func expect(_ gradients: [[Double]], of loss: ([PlainMatrix]) -> Double) {
        #expect(gradients.map(\.count) == inputs.map(\.values.count))
        for (input, (name, gradient)) in zip(names, gradients).enumerated() {
            let slopes = gradient.indices.map { element in
                centralDifference(at: inputs[input].values[element]) { value in
                    var moved = inputs
                    moved[input].values[element] = value
                    return loss(moved)
                }
            }
            expectSlopes(gradient, slopes, "\(title): \(name)")
        }
    }
}

/// The slope of `value` at `x` by a central difference. Its error is about 1e-5² of the third
/// derivative, and 1e-11 of the value from rounding.
func centralDifference(at x: Double, _ value: (Double) -> Double) -> Double {
    let step = 1e-5
    return (value(x + step) - value(x - step)) / (2 * step)
}

/// Expects gradients by hand to be slopes, to 1e-6 of the largest in the tensor, which is all of it
/// or, where only some elements were tried, at least those.
func expectSlopes(
    _ gradient: [Double], _ slopes: [Double], scale: Double? = nil, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let scale = scale ?? ComparedNumbers(slopes).scale
    // A tensor without any slope has rounding alone: the losses are of the order of 1.
    let tolerance = max(1e-6 * scale, 1e-10)
    expectClose(
        gradient, slopes, within: tolerance, "\(what), by hand,", sourceLocation: sourceLocation)
}

extension PlainMatrix {
    /// The sum of products with another of the same size.
    func dot(_ other: PlainMatrix) -> Double {
        zip(values, other.values).reduce(0) { $0 + $1.0 * $1.1 }
    }
}
