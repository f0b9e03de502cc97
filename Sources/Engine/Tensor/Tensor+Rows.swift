extension Tensor {
    /// Returns the rows of `indices`, in their order, of a tensor of rank 2.
    package func selectingRows(_ indices: some Collection<Int>) -> Tensor {
        precondition(shape.count == 2, "rows of \(shape)")
        let width = shape[1]
        var selected: [Float] = []
        selected.reserveCapacity(indices.count * width)
        for index in indices {
            selected.append(contentsOf: values[index * width..<(index + 1) * width])
        }
        return Tensor(shape: [indices.count, width], selected)
    }

    /// Replaces the rows of `indices` by those of `rows`, in their order.
    ///
    /// - Precondition: both have rank 2 and equal width, and there are as many rows as indices.
    package mutating func replaceRows(_ indices: some Collection<Int>, with rows: Tensor) {
        precondition(
            shape.count == 2 && rows.shape == [indices.count, shape[1]],
            "\(indices.count) rows of \(shape) by \(rows.shape)")
        let width = shape[1]
        for (source, target) in indices.enumerated() {
            for d in 0..<width {
                values[target * width + d] = rows.values[source * width + d]
            }
        }
    }
}
