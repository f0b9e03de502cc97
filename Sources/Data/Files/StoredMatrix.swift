/// Matrices as plain arrays, on their way from a file into the model.
enum StoredMatrix {
    /// Returns the transpose of a matrix, moved in squares of 32 so that reads and writes stay in cache.
    ///
    /// - Parameter values: `[rows, columns]`, row-major.
    /// - Returns: `[columns, rows]`.
    /// - Precondition: `values.count` is `rows · columns`.
    static func transposed(_ values: [Float], rows: Int, columns: Int) -> [Float] {
        precondition(
            values.count == rows * columns, "\(values.count) values as [\(rows), \(columns)]")
        return [Float](unsafeUninitializedCapacity: values.count) { output, initializedCount in
            values.withUnsafeBufferPointer { input in
                for firstRow in stride(from: 0, to: rows, by: 32) {
                    for firstColumn in stride(from: 0, to: columns, by: 32) {
                        for column in firstColumn..<min(firstColumn + 32, columns) {
                            for row in firstRow..<min(firstRow + 32, rows) {
                                output[column * rows + row] = input[row * columns + column]
                            }
                        }
                    }
                }
            }
            initializedCount = values.count
        }
    }
}
