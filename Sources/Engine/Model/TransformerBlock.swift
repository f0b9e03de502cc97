/// One pre-norm block: `m = x + projection(attention(norm1 x))`, `y = m + mlp(norm2 m)`, where
/// only the leaving rows are computed past the keys and values, and a patch may act on keys, values
/// and the projection's output.
struct TransformerBlock<Role: LayerRole> {
    let norm1: LayerNorm<Role>
    /// Outputs are queries, keys, values; inside each, heads are contiguous.
    let qkv: Linear<Role>
    let projection: Linear<Role>
    let norm2: LayerNorm<Role>
    let fc1: Linear<Role>
    let fc2: Linear<Role>
    let activation: Activation
}

extension TransformerBlock<Frozen> {
    /// - Parameters:
    ///   - x: `[R, width]`.
    ///   - patch: what a PET adds to this block.
    ///   - cache: written.
    ///   - y: `[Q, width]`, written; may be `x` where all rows leave and nothing is kept.
    func forward(
        _ x: Matrix, patch: BoundPatch?, cache: BlockCache, scratch: BlockScratch,
        into y: Matrix
    ) {
        let shape = cache.shape
        let h = scratch.normed.rows(0..<shape.rows)
        norm1.forward(x, into: h, statistics: cache.statistics1)
        projectInputs(h, patch: patch, cache: cache)

        let o = cache.attended ?? scratch.attended.rows(0..<shape.queryRows)
        Attention(shape: shape).forward(
            cache.qkv, prefix: patch?.prefix(width: shape.attentionWidth),
            probabilities: cache.probabilities, into: o)
        projection.forward(o, addingTo: shape.leaving(x), into: cache.middle)
        forwardBottleneck(of: patch, residual: shape.leaving(x), cache: cache, scratch: scratch)

        let h2 = scratch.normed.rows(0..<shape.queryRows)
        norm2.forward(cache.middle, into: h2, statistics: cache.statistics2)
        fc1.forward(h2, into: cache.hidden)
        var g = cache.hidden
        if cache.keeping == .nothing {
            g.apply(activation)
        } else {
            g = cache.activated ?? scratch.wide.rows(0..<shape.queryRows)
            cache.hidden.apply(activation, valuesInto: g)
        }
        fc2.forward(g, addingTo: cache.middle, into: y)
    }

    /// `m = x + a` becomes `x + a + u(a)`.
    ///
    /// The branch a is taken as the difference of m and x, so that m has the bits of the plain model
    /// where u is zero, without a second product.
    private func forwardBottleneck(
        of patch: BoundPatch?, residual x: Matrix, cache: BlockCache, scratch: BlockScratch
    ) {
        guard let patch, let bottleneck = patch.patch.bottleneck else { return }
        cache.branch.setDifference(of: cache.middle, minus: x)
        bottleneck.forward(
            cache.branch, parameters: patch.parameters,
            inner: cache.bottleneck.columns(0..<bottleneck.inner),
            scratch: scratch.normed.rows(0..<cache.shape.queryRows), addingTo: cache.middle)
    }

    /// Queries of the leaving rows, keys and values of all, and the patch's additions.
    private func projectInputs(_ h: Matrix, patch: BoundPatch?, cache: BlockCache) {
        let shape = cache.shape
        let width = shape.attentionWidth
        if shape.queries == shape.tokens {
            qkv.forward(h, into: cache.qkv)
        } else {
            qkv.outputs(0..<width).forward(
                shape.leaving(h), into: shape.leaving(cache.qkv).columns(0..<width))
            qkv.outputs(width..<3 * width).forward(h, into: cache.qkv.columns(width..<3 * width))
        }
        guard let patch else { return }
        for (delta, inner, columns) in deltas(of: patch.patch, inner: cache.inner, width: width) {
            delta.forward(
                h, parameters: patch.parameters, inner: inner,
                addingTo: cache.qkv.columns(columns))
        }
    }

    /// The low-rank deltas of a patch, with their columns of `inner` and of `qkv`.
    private func deltas(
        of patch: BlockPatch, inner: Matrix, width: Int
    ) -> [(delta: LowRankDelta, inner: Matrix, columns: Range<Int>)] {
        let keyRank = patch.keys?.rank ?? 0
        let keys = patch.keys.map { ($0, inner.columns(0..<keyRank), width..<2 * width) }
        let values = patch.values.map {
            ($0, inner.columns(keyRank..<keyRank + $0.rank), 2 * width..<3 * width)
        }
        return [keys, values].compactMap { $0 }
    }

    /// Takes the gradient back through the block.
    ///
    /// - Parameters:
    ///   - dy: `[Q, width]`: the gradient of the forward pass's result; overwritten.
    ///   - x, patch, cache: as in the forward pass. The patch's gradients are added to its vector.
    ///   - gradients: where the gradients of the weights are summed; nil for frozen weights.
    ///   - dx: `[R, width]`, written: the gradient of `x`; `dy` itself where all rows leave. Nil in
    ///     the first patched block, below which nothing is trained.
    func backward(
        _ dy: Matrix, x: Matrix, patch: BoundPatch?, cache: BlockCache, scratch: BlockScratch,
        gradients: TransformerBlock<Gradient>?, into dx: Matrix?
    ) {
        let shape = cache.shape
        backwardMLP(dy, cache: cache, scratch: scratch, gradients: gradients)

        let wanted = dx != nil ? .all : patch?.patch.attentionGradients
        backwardBranch(
            dy, patch: patch, cache: cache, scratch: scratch, gradients: gradients, wanted: wanted)
        guard wanted != nil else { return }

        let h = scratch.normed.rows(0..<shape.rows)
        let dh = scratch.dNormed.rows(0..<shape.rows)
        let dqkv = scratch.dqkv.rows(0..<shape.rows)
        if patch?.patch.actsOnInput ?? false || gradients != nil {
            norm1.forward(x, into: h, statistics: scratch.statistics)
        }
        if let dx {
            if shape.queries != shape.tokens {
                dx.clear()
                shape.leaving(dx).copy(from: dy)
            }
            backwardInputs(into: dh, shape: shape, dqkv: dqkv)
        }
        if let patch {
            backwardPatch(
                patch, h: h, cache: cache, scratch: scratch,
                dNormed: dx == nil ? nil : dh)
        }
        if let gradients { gradients.addInputs(h, shape, dqkv) }
        if let dx {
            // h = norm1 x
            gradients?.norm1.add(x, statistics: cache.statistics1, dh)
            norm1.backward(x, statistics: cache.statistics1, dh, addingTo: dx)
        }
    }

    /// `y = m + fc2 activation(fc1 norm2 m)`: turns `dy` into the gradient of m.
    private func backwardMLP(
        _ dy: Matrix, cache: BlockCache, scratch: BlockScratch,
        gradients: TransformerBlock<Gradient>?
    ) {
        let rows = 0..<cache.shape.queryRows
        let dHidden = scratch.wide.rows(rows)
        fc2.backward(dy, into: dHidden)
        if let gradients, let g = cache.activated { gradients.fc2.add(g, dy) }
        dHidden.multiply(by: cache.hidden)
        let dh = scratch.dNormed.rows(rows)
        fc1.backward(dHidden, into: dh)
        if let gradients {
            let h = scratch.normed.rows(rows)
            norm2.forward(cache.middle, into: h, statistics: scratch.statistics)
            gradients.fc1.add(h, dHidden)
            gradients.norm2.add(cache.middle, statistics: cache.statistics2, dh)
        }
        norm2.backward(cache.middle, statistics: cache.statistics2, dh, addingTo: dy)
    }

    /// `m = x + a + u(a)` with `a = projection(attention(q, k, v))`: down to what is wanted of the
    /// attention, or to the bottleneck alone.
    private func backwardBranch(
        _ dm: Matrix, patch: BoundPatch?, cache: BlockCache, scratch: BlockScratch,
        gradients: TransformerBlock<Gradient>?, wanted: AttentionGradients?
    ) {
        let shape = cache.shape
        let da = backwardBottleneck(
            dm, patch, cache: cache, scratch: scratch, reachesBranch: wanted != nil)
        guard let wanted else { return }
        let dO = scratch.attended.rows(0..<shape.queryRows)
        projection.backward(da, into: dO)
        if let gradients, let o = cache.attended { gradients.projection.add(o, da) }
        Attention(shape: shape).backward(
            dO, qkv: cache.qkv, prefix: patch?.prefix(width: shape.attentionWidth),
            dPrefix: patch?.prefixGradients(width: shape.attentionWidth),
            probabilities: cache.probabilities, dScores: scratch.dScores.rows(0..<shape.queries),
            into: scratch.dqkv.rows(0..<shape.rows), wanted: wanted)
    }

    /// Adds the gradients of the bottleneck's parameters.
    ///
    /// - Returns: the gradient of the branch a, `[Q, width]`: `dm` itself without a bottleneck. Not
    ///   computed unless `reachesBranch`.
    private func backwardBottleneck(
        _ dm: Matrix, _ patch: BoundPatch?, cache: BlockCache, scratch: BlockScratch,
        reachesBranch: Bool
    ) -> Matrix {
        guard let patch, let bottleneck = patch.patch.bottleneck, let gradients = patch.gradients
        else { return dm }
        let rows = 0..<cache.shape.queryRows
        let dInner = scratch.dInner.rows(rows).columns(0..<bottleneck.inner)
        bottleneck.addGradients(
            cache.branch, inner: cache.bottleneck.columns(0..<bottleneck.inner), dm,
            parameters: patch.parameters, gradients: gradients, dInner: dInner)
        guard reachesBranch else { return dm }
        let da = scratch.normed.rows(rows)
        da.copy(from: dm)
        bottleneck.backward(dInner, parameters: patch.parameters, addingTo: da)
        return da
    }

    /// `qkv = h Wᵀ + b`: writes the gradient of h.
    private func backwardInputs(into dh: Matrix, shape: BlockShape, dqkv: Matrix) {
        let width = shape.attentionWidth
        if shape.queries == shape.tokens {
            qkv.backward(dqkv, into: dh)
        } else {
            qkv.outputs(width..<3 * width).backward(dqkv.columns(width..<3 * width), into: dh)
            qkv.outputs(0..<width).backward(
                shape.leaving(dqkv).columns(0..<width), into: shape.leaving(dh), beta: 1)
        }
    }

    private func backwardPatch(
        _ bound: BoundPatch, h: Matrix, cache: BlockCache, scratch: BlockScratch,
        dNormed: Matrix?
    ) {
        guard let gradients = bound.gradients else { return }
        let width = cache.shape.attentionWidth
        let rows = 0..<cache.shape.rows
        let inner = deltas(of: bound.patch, inner: cache.inner, width: width)
        let dInner = deltas(
            of: bound.patch, inner: scratch.dInner.rows(rows), width: width)
        for (forward, backward) in zip(inner, dInner) {
            forward.delta.addGradients(
                h, inner: forward.inner, scratch.dqkv.rows(rows).columns(forward.columns),
                parameters: bound.parameters, gradients: gradients, dInner: backward.inner)
            if let dNormed {
                forward.delta.backward(
                    backward.inner, parameters: bound.parameters, addingTo: dNormed)
            }
        }
    }
}

extension TransformerBlock<Gradient> {
    /// `qkv = h Wᵀ + b`; queries of the leaving rows alone.
    fileprivate func addInputs(_ h: Matrix, _ shape: BlockShape, _ dqkv: Matrix) {
        let width = shape.attentionWidth
        if shape.queries == shape.tokens {
            qkv.add(h, dqkv)
        } else {
            qkv.outputs(0..<width).add(
                shape.leaving(h), shape.leaving(dqkv).columns(0..<width))
            qkv.outputs(width..<3 * width).add(h, dqkv.columns(width..<3 * width))
        }
    }
}
