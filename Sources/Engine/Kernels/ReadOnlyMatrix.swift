/// A row-major matrix of floats that can be read.
protocol ReadableMatrix {
    /// The first float.
    var first: UnsafePointer<Float> { get }
    var rows: Int { get }
    var columns: Int { get }
    /// The distance of two rows, in floats.
    var stride: Int { get }
}

extension Matrix: ReadableMatrix {
    var first: UnsafePointer<Float> { UnsafePointer(base) }
}

/// A view of a row-major matrix of floats that nothing can be written through.
///
/// Like a `Matrix`, it does not outlive the memory that it looks into.
struct ReadOnlyMatrix: ReadableMatrix {
    let first: UnsafePointer<Float>
    let rows: Int
    let columns: Int
    let stride: Int

    /// Looks into what a matrix looks into.
    init(_ matrix: Matrix) {
        self.init(
            first: matrix.first, rows: matrix.rows, columns: matrix.columns, stride: matrix.stride)
    }

    private init(first: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int) {
        self.first = first
        self.rows = rows
        self.columns = columns
        self.stride = stride
    }

    /// The rows of `range`.
    func rows(_ range: Range<Int>) -> ReadOnlyMatrix {
        assert(range.lowerBound >= 0 && range.upperBound <= rows)
        return ReadOnlyMatrix(
            first: first + range.lowerBound * stride, rows: range.count, columns: columns,
            stride: stride)
    }

    /// The columns of `range`.
    func columns(_ range: Range<Int>) -> ReadOnlyMatrix {
        assert(range.lowerBound >= 0 && range.upperBound <= columns)
        return ReadOnlyMatrix(
            first: first + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }
}
