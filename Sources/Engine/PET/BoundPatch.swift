/// A PET's patch of one block with the memory of its parameters and, in training, of its gradients.
struct BoundPatch {
    let patch: BlockPatch
    let parameters: ParameterVector
    let gradients: ParameterVector?

    /// Binds every patch of a method.
    static func all(
        _ patches: [BlockPatch?], parameters: ParameterVector, gradients: ParameterVector? = nil
    ) -> [BoundPatch?] {
        patches.map { patch in
            patch.map { BoundPatch(patch: $0, parameters: parameters, gradients: gradients) }
        }
    }

    /// The rows of the prefix; nil without one.
    func prefix(width: Int) -> PrefixRows? { patch.prefix?.rows(of: parameters, width: width) }

    /// Where the gradients of the prefix are summed; nil without one, and in inference.
    func prefixGradients(width: Int) -> PrefixRows? {
        gradients.flatMap { patch.prefix?.rows(of: $0, width: width) }
    }
}

extension Prefix {
    fileprivate func rows(of vector: ParameterVector, width: Int) -> PrefixRows {
        func matrix(_ slice: ParameterSlice) -> Matrix {
            vector.matrix(slice.index, rows: length, columns: width, offset: slice.offset)
        }
        return PrefixRows(keys: matrix(keys), values: matrix(values))
    }
}
