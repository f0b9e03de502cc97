import Foundation

/// Computes the mean cross-entropy over a batch with the classes outside `allowed` left out, as if
/// their logits were minus infinity.
///
/// - Parameters:
///   - logits: `[B, classes]`.
///   - labels: a class for each row.
///   - allowed: the classes that take part; nil for all.
/// - Returns: the loss, and its gradient `[B, classes]`, zero for the classes left out. Not a number
///   where a logit that takes part is none.
/// - Precondition: B is at least 1, and every label is an allowed class.
public func maskedCrossEntropy(
    logits: Tensor, labels: [Int], allowed: [Int]?
) -> (loss: Double, gradient: Tensor) {
    let rows = labels.count
    precondition(
        rows > 0 && logits.shape.count == 2 && logits.shape[0] == rows,
        "\(rows) labels for logits \(logits.shape)")
    let classes = logits.shape[1]
    let taking = allowed ?? Array(0..<classes)
    var position = [Int?](repeating: nil, count: classes)
    for (index, column) in taking.enumerated() { position[column] = index }
    var gradient = Tensor(zeros: logits.shape)
    var total = 0.0
    var row = SoftmaxRow<Float>(count: taking.count)
    for (index, label) in labels.enumerated() {
        guard position.indices.contains(label), let target = position[label] else {
            preconditionFailure("label \(label) among classes \(taking)")
        }
        let start = index * classes
        for (index, column) in taking.enumerated() {
            row.logits[index] = logits.values[start + column]
        }
        total += row.crossEntropy(label: target)
        for (index, column) in taking.enumerated() {
            gradient.values[start + column] = Float(row.derivative(index) / Double(rows))
        }
    }
    return (total / Double(rows), gradient)
}

/// The cross-entropy of one row of logits with its label, and its derivatives: what every cross-entropy
/// here is made of.
///
///     loss = log Σ_c exp(l_c − max) − (l_label − max)
///     d loss / d l_c = exp(l_c − max) / Σ − [c = label]
///
/// How a mean is taken over rows, by dividing or by a factor, is the caller's: the last bit depends on it.
struct SoftmaxRow<Logit: LogitNumber> {
    /// The logits that take part; room for one row after the other.
    var logits: [Logit]
    private var exponentials: [Double]
    private var sum = 0.0
    private var label = 0

    /// Makes room for rows of `count` logits.
    init(count: Int) {
        logits = [Logit](repeating: 0, count: count)
        exponentials = [Double](repeating: 0, count: count)
    }

    /// The cross-entropy of `logits`. Not a number where a logit is none.
    ///
    /// - Precondition: `label` is an index of `logits`.
    mutating func crossEntropy(label: Int) -> Double {
        let largest = logits.reduce(-Logit.infinity) { max($0, $1) }
        self.label = label
        sum = 0
        for index in logits.indices {
            exponentials[index] = exp((logits[index] - largest).double)
            sum += exponentials[index]
        }
        return log(sum) - (logits[label] - largest).double
    }

    /// The derivative of the last cross-entropy by a logit.
    func derivative(_ index: Int) -> Double {
        exponentials[index] / sum - (index == label ? 1 : 0)
    }
}

/// What logits are computed in.
protocol LogitNumber: BinaryFloatingPoint {
    /// The same number in double precision.
    var double: Double { get }
}

extension Float: LogitNumber {
    var double: Double { Double(self) }
}

extension Double: LogitNumber {
    var double: Double { self }
}
