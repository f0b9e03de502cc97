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
    var takesPart = [Bool](repeating: false, count: classes)
    for index in taking { takesPart[index] = true }
    var gradient = Tensor(zeros: logits.shape)
    var total = 0.0
    for (row, label) in labels.enumerated() {
        precondition(
            takesPart.indices.contains(label) && takesPart[label],
            "label \(label) among classes \(taking)")
        let start = row * classes
        let largest = taking.reduce(-Float.infinity) { max($0, logits.values[start + $1]) }
        var sum = 0.0
        for index in taking { sum += exp(Double(logits.values[start + index] - largest)) }
        // -log softmax = log Σ exp(l - max) - (l[label] - max)
        total += log(sum) - Double(logits.values[start + label] - largest)
        for index in taking {
            let probability = exp(Double(logits.values[start + index] - largest)) / sum
            let target = index == label ? 1.0 : 0.0
            gradient.values[start + index] = Float((probability - target) / Double(rows))
        }
    }
    return (total / Double(rows), gradient)
}
