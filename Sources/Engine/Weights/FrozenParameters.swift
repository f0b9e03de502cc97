/// The weights of a model in the layout that the kernels read. Views of them can be read alone.
///
/// Unchecked: the vector is private and nothing here writes it. One that is shared with a trainer is
/// written by that trainer alone, between its passes, and stays inside it.
final class FrozenParameters: @unchecked Sendable {
    private let vector: ParameterVector

    /// Copies the tensors of `parameters`.
    convenience init(_ parameters: ParameterSet) {
        self.init(reading: ParameterVector(parameters))
    }

    /// Shares the memory of a vector, for the passes of whoever trains it.
    init(reading vector: ParameterVector) { self.vector = vector }

    /// A copy as a parameter set.
    var parameterSet: ParameterSet { vector.parameterSet }

    /// Tensor `index` as a weight that multiplies, `[rows, columns]`.
    func weight(_ index: Int, rows: Int, columns: Int) -> FrozenMatrix {
        .float32(values(index, rows: rows, columns: columns))
    }

    /// Tensor `index` as numbers that are added or multiplied one by one, `[rows, columns]`.
    func values(_ index: Int, rows: Int, columns: Int) -> ReadOnlyMatrix {
        ReadOnlyMatrix(vector.matrix(index, rows: rows, columns: columns))
    }
}
