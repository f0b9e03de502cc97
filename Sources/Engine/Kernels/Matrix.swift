/// A view of a row-major matrix of floats whose memory another value keeps alive.
///
/// No view outlives the workspace, parameter vector or closure that it came from.
struct Matrix {
    let base: UnsafeMutablePointer<Float>
    let rows: Int
    let columns: Int
    /// The distance of two rows, in floats.
    let stride: Int

    init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
        self.base = base
        self.rows = rows
        self.columns = columns
        self.stride = stride ?? columns
    }

    /// The rows of `range`.
    func rows(_ range: Range<Int>) -> Matrix {
        assert(range.lowerBound >= 0 && range.upperBound <= rows)
        return Matrix(
            base: base + range.lowerBound * stride, rows: range.count, columns: columns,
            stride: stride)
    }

    /// The columns of `range`.
    func columns(_ range: Range<Int>) -> Matrix {
        assert(range.lowerBound >= 0 && range.upperBound <= columns)
        return Matrix(
            base: base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    }

    /// Rows 0, `step`, 2 `step`, …: the first token of every picture.
    func everyRow(_ step: Int) -> Matrix {
        Matrix(base: base, rows: rows / step, columns: columns, stride: stride * step)
    }

    /// Whether the rows follow each other without a gap.
    var isContiguous: Bool { stride == columns || rows <= 1 }

    /// Sets every element to zero.
    func clear() {
        for row in 0..<rows {
            (base + row * stride).update(repeating: 0, count: columns)
        }
    }

    /// Copies the elements of a matrix of the same size.
    func copy(from other: some ReadableMatrix) {
        precondition(
            other.rows == rows && other.columns == columns,
            "copy of [\(other.rows), \(other.columns)] into [\(rows), \(columns)]")
        for row in 0..<rows {
            (base + row * stride).update(from: other.first + row * other.stride, count: columns)
        }
    }
}

extension Tensor {
    /// Calls `body` with a view of the elements as `rows` rows of equal length. Read only.
    func withMatrix<Result>(rows: Int, _ body: (Matrix) throws -> Result) rethrows -> Result {
        try values.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, rows > 0 else {
                let empty = AlignedStorage(zeros: 1)
                return try body(Matrix(base: empty.base, rows: rows, columns: 0))
            }
            return try body(
                Matrix(
                    base: UnsafeMutablePointer(mutating: base), rows: rows,
                    columns: buffer.count / rows))
        }
    }

    /// Calls `body` with a view of the elements as `rows` rows of equal length.
    mutating func withMutableMatrix<Result>(
        rows: Int, _ body: (Matrix) throws -> Result
    ) rethrows -> Result {
        try values.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress, rows > 0 else {
                let empty = AlignedStorage(zeros: 1)
                return try body(Matrix(base: empty.base, rows: rows, columns: 0))
            }
            return try body(Matrix(base: base, rows: rows, columns: buffer.count / rows))
        }
    }
}
