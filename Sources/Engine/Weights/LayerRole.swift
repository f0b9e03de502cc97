/// What the tensors of a layer are to a pass: `Frozen`, read, or `Gradient`, added to.
///
/// One description of a layer serves both, so that a weight and its gradient cannot lie at different
/// places; but a layer of weights has no method that writes, and a layer of gradients none that computes.
protocol LayerRole {
    /// A weight that multiplies, `[out, in]`.
    associatedtype Weight
    /// Biases, factors and positions, which are used one by one.
    associatedtype Values
    /// What holds the memory of all tensors.
    associatedtype Store: AnyObject

    /// Tensor `index` of a store.
    static func weight(_ index: Int, rows: Int, columns: Int, in store: Store) -> Weight
    /// Tensor `index` of a store.
    static func values(_ index: Int, rows: Int, columns: Int, in store: Store) -> Values
}

/// Weights, which a pass reads: frozen ones, or those that a step will change after its passes.
enum Frozen: LayerRole {
    static func weight(
        _ index: Int, rows: Int, columns: Int, in store: FrozenParameters
    ) -> FrozenMatrix { store.weight(index, rows: rows, columns: columns) }

    static func values(
        _ index: Int, rows: Int, columns: Int, in store: FrozenParameters
    ) -> ReadOnlyMatrix { store.values(index, rows: rows, columns: columns) }
}

/// Sums of the gradients of weights, which a backward pass adds to.
enum Gradient: LayerRole {
    static func weight(
        _ index: Int, rows: Int, columns: Int, in store: ParameterVector
    ) -> Matrix { store.matrix(index, rows: rows, columns: columns) }

    static func values(
        _ index: Int, rows: Int, columns: Int, in store: ParameterVector
    ) -> Matrix { store.matrix(index, rows: rows, columns: columns) }
}
