/// Accuracies of continual learning, a[i, t] = accuracy on task i after learning task t, and the
/// figures derived from them (Reference 10.2).
///
/// Tasks count from 0. Every figure weighs tasks equally unless it says otherwise, and has the unit
/// of the accuracies, usually percent.
///
/// ```swift
/// // Task 0 is at 90 % when it is learned and at 80 % after task 1, which is at 70 %.
/// let matrix = AccuracyMatrix(columns: [[90], [80, 70]])
/// matrix.faa  // 75
/// matrix.caa  // 82.5
/// matrix.ffm  // 10
/// matrix.bwt  // -10
/// ```
public struct AccuracyMatrix: Sendable, Equatable {
    /// The number of tasks, T.
    public let taskCount: Int
    /// a[i][t], i ≤ t; nil for what has not been measured.
    private var measured: [[Double?]]

    /// Creates a matrix without measurements.
    ///
    /// - Precondition: `taskCount` is positive.
    public init(taskCount: Int) {
        precondition(taskCount > 0, "a matrix of \(taskCount) tasks")
        self.taskCount = taskCount
        measured = Array(repeating: Array(repeating: nil, count: taskCount), count: taskCount)
    }

    /// Creates a full matrix from its columns: `columns[t][i]`, i ≤ t, is the accuracy on task i
    /// after task t.
    ///
    /// - Precondition: column t has t + 1 elements.
    public init(columns: [[Double]]) {
        self.init(taskCount: columns.count)
        for (t, column) in columns.enumerated() {
            precondition(column.count == t + 1, "column \(t) has \(column.count) elements")
            for (i, accuracy) in column.enumerated() { self[i, t] = accuracy }
        }
    }

    /// The accuracy on task `i` after task `t`; nil before it is measured.
    ///
    /// - Precondition: `0 <= i <= t < taskCount`.
    public subscript(_ i: Int, _ t: Int) -> Double? {
        get {
            precondition(0 <= i && i <= t && t < taskCount, "element [\(i), \(t)] of \(taskCount)")
            return measured[i][t]
        }
        set {
            precondition(0 <= i && i <= t && t < taskCount, "element [\(i), \(t)] of \(taskCount)")
            measured[i][t] = newValue
        }
    }

    /// A_t: the mean accuracy over the tasks learned so far, after task `t`.
    ///
    /// - Precondition: columns 0 to `t` are complete, here and below.
    public func average(after t: Int) -> Double {
        mean((0...t).map { value($0, t) })
    }

    /// The mean accuracy after task `t` with each task weighted by its number of pictures.
    public func microAverage(after t: Int, pictures: [Int]) -> Double {
        let counts = pictures[0...t]
        let sum = zip(0...t, counts).reduce(0) { $0 + value($1.0, t) * Double($1.1) }
        return sum / Double(counts.reduce(0, +))
    }

    /// Forgetting after task `t`: mean over i < t of max_s a[i, s] − a[i, t]. The maximum runs over
    /// all columns up to t, where those before i count as 0 and column t itself counts too, so it is
    /// never negative. 0 for the first task.
    public func forgetting(after t: Int) -> Double {
        mean((0..<t).map { i in max(0, (i...t).map { value(i, $0) }.max() ?? 0) - value(i, t) })
    }

    /// Backward transfer after task `t`: mean over i < t of a[i, t] − a[i, i]. 0 for the first task.
    public func backwardTransfer(after t: Int) -> Double {
        mean((0..<t).map { value($0, t) - value($0, $0) })
    }

    /// Final average accuracy, A_{T−1}.
    public var faa: Double { average(after: taskCount - 1) }

    /// Cumulative average accuracy, the mean of A_t over t.
    public var caa: Double { mean((0..<taskCount).map { average(after: $0) }) }

    /// Final forgetting measure.
    public var ffm: Double { forgetting(after: taskCount - 1) }

    /// Final backward transfer.
    public var bwt: Double { backwardTransfer(after: taskCount - 1) }

    private func value(_ i: Int, _ t: Int) -> Double {
        guard let value = measured[i][t] else {
            preconditionFailure("accuracy on task \(i) after task \(t) is not measured")
        }
        return value
    }

    private func mean(_ values: [Double]) -> Double {
        values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    }
}
