/// A PET's patch of one block with the memory of its parameters and, in training, of its gradients.
struct BoundPatch {
    let patch: BlockPatch
    let parameters: ParameterVector
    let gradients: ParameterVector?
    /// The entries of pools that each picture reads; nil where every picture reads the same.
    var choice: PictureChoice?

    /// Binds every patch of a method.
    static func all(
        _ patches: [BlockPatch?], parameters: ParameterVector, gradients: ParameterVector? = nil
    ) -> [BoundPatch?] {
        patches.map { patch in
            patch.map { BoundPatch(patch: $0, parameters: parameters, gradients: gradients) }
        }
    }

    /// The rows of the prefix; nil without one.
    func prefix(width: Int) -> BoundPrefix? {
        patch.prefix.map {
            BoundPrefix(prefix: $0, vector: parameters, width: width, choice: choice)
        }
    }

    /// Where the gradients of the prefix are summed; nil without one, and in inference.
    func prefixGradients(width: Int) -> BoundPrefix? {
        guard let prefix = patch.prefix, let gradients else { return nil }
        return BoundPrefix(prefix: prefix, vector: gradients, width: width, choice: choice)
    }
}

extension [BoundPatch?] {
    /// The patches for a group of pictures that begins with picture `first` of a selection.
    func choosing(_ selection: PoolSelection?, from first: Int) -> [BoundPatch?] {
        guard let selection else { return self }
        return map { patch in
            var patch = patch
            patch?.choice = PictureChoice(selection: selection, first: first)
            return patch
        }
    }
}

/// A selection as a group of its pictures sees it.
struct PictureChoice {
    let selection: PoolSelection
    /// The group's first picture.
    let first: Int

    /// The entry and half that make keys, or values, of a picture of the group.
    func source(
        of half: PoolSelection.Half, picture: Int, rank: Int
    ) -> (entry: Int, half: PoolSelection.Half) {
        selection.source(of: half, picture: first + picture, rank: rank)
    }
}

/// Keys and values that the pictures of a group read beside those of their tokens, or where their
/// gradients are summed.
struct BoundPrefix {
    let prefix: Prefix
    let vector: ParameterVector
    let width: Int
    let choice: PictureChoice?

    /// Rows that a picture reads, P.
    var rows: Int { prefix.rows }
    /// They lie in so many places, in the order of their columns of weights.
    var parts: Int { prefix.chosen }

    /// The columns of part `part` among the P columns of weights.
    func columns(_ part: Int) -> Range<Int> {
        part * prefix.length..<(part + 1) * prefix.length
    }

    /// `[length, attentionWidth]`.
    func keys(_ part: Int, of picture: Int) -> Matrix { matrix(.keys, part, picture) }

    /// `[length, attentionWidth]`.
    func values(_ part: Int, of picture: Int) -> Matrix { matrix(.values, part, picture) }

    private func matrix(_ half: PoolSelection.Half, _ part: Int, _ picture: Int) -> Matrix {
        precondition(!prefix.isPool || choice != nil, "a pool without a selection")
        let source =
            prefix.isPool ? choice?.source(of: half, picture: picture, rank: part) : nil
        let (index, half) = source ?? (0, half)
        let entry = prefix.entries[index]
        let slice = half == .keys ? entry.keys : entry.values
        return vector.matrix(
            slice.index, rows: prefix.length, columns: width, offset: slice.offset)
    }
}
