extension Trainer {
    /// The losses of a step, averaged over replicas.
    struct Losses {
        var crossEntropy = 0.0
        var contrastive = 0.0
        var keyPull = 0.0

        var total: Double { crossEntropy + contrastive + keyPull }

        /// Adds a share of other losses.
        mutating func add(_ other: Losses, weight: Double) {
            crossEntropy += other.crossEntropy * weight
            contrastive += other.contrastive * weight
            keyPull += other.keyPull * weight
        }
    }

    /// Computes the gradients of the mean of the replicas' losses, without an update.
    ///
    /// - Returns: the cross-entropy, the contrastive term, and the gradients under the names of the
    ///   trained tensors.
    package func gradientsWithoutUpdate(
        _ replicas: [Batch]
    ) -> (crossEntropy: Double, contrastive: Double, gradients: ParameterSet) {
        let losses = computeGradients(replicas)
        return (losses.crossEntropy, losses.contrastive, gradients)
    }

    /// Leaves in `gradients` the gradients of the mean of the replicas' losses; zero for tensors
    /// whose rate is nil. Nothing goes back through the backbone when the head alone has a rate.
    ///
    /// Two phases for each replica: all groups forward, keeping activations, because the contrastive
    /// term needs all features; then all groups backward. Partial sum `s` takes the groups s, s + S,
    /// s + 2S … in that order, whichever thread runs it, and the sums are added in order.
    func computeGradients(_ replicas: [Batch], rates: [Float?]? = nil) -> Losses {
        let headCount = model.head.layout.names.count
        let reachesBackbone = rates?.dropLast(headCount).contains { $0 != nil } ?? true
        precondition(!replicas.isEmpty, "a step without a batch")
        let grouping = PictureGrouping.automatic
        let largest = replicas.map { grouping.groups(of: $0.labels.count, configuration).count }
        memory.clearGradients(groups: largest.max() ?? 0)
        var total = Losses()
        for batch in replicas {
            let losses = addGradients(
                of: batch, grouping.groups(of: batch.labels.count, configuration),
                weight: 1 / Double(replicas.count), reachingBackbone: reachesBackbone)
            total.add(losses, weight: 1 / Double(replicas.count))
        }
        collectGradients()
        for (index, rate) in (rates ?? []).enumerated() where rate == nil {
            gradients.tensors[index] = Tensor(zeros: gradients.tensors[index].shape)
        }
        return total
    }

    private func addGradients(
        of batch: Batch, _ groups: [Range<Int>], weight: Double, reachingBackbone: Bool
    ) -> Losses {
        let rows = batch.labels.count
        precondition(
            rows > 0
                && batch.images.shape == [
                    rows, configuration.channels, configuration.imageSize, configuration.imageSize,
                ], "\(rows) labels for pictures \(batch.images.shape)")
        let views = memory.prepare(groups)
        let selection = selection(for: batch)
        return batch.images.withMatrix(rows: rows) { pictures in
            forward(pictures, groups, views, selection)
            var losses = backwardHead(batch.labels, views, weight: Float(weight))
            if reachingBackbone { backward(pictures, groups, views, selection) }
            if let selection {
                losses.keyPull = addKeyGradients(batch, selection, weight: Float(weight))
            }
            return losses
        }
    }

    /// The keys of a prompt pool as they stand, `[size, width]`.
    private var poolKeys: Tensor? {
        guard let pool = method as? PromptPool, let vector = model.pet else { return nil }
        return Tensor(
            copying: vector.matrix(
                PromptPool.keyIndex, rows: pool.size, columns: configuration.width))
    }

    /// The entries of a prompt pool that the pictures of a batch read; nil for other methods.
    private func selection(for batch: Batch) -> PoolSelection? {
        guard let matching, let pool = method as? PromptPool, let keys = poolKeys else {
            return nil
        }
        guard let queries = batch.queries, queries.shape[0] == batch.labels.count else {
            preconditionFailure("a prompt pool needs a query for each picture")
        }
        return matching.selection(queries: queries, keys: keys, count: pool.topK)
    }

    /// Adds the gradients of the term that pulls keys to queries, and returns the term.
    private func addKeyGradients(
        _ batch: Batch, _ selection: PoolSelection, weight: Float
    ) -> Double {
        guard let matching, let queries = batch.queries, let keys = poolKeys else { return 0 }
        var (loss, gradient) = matching.loss(queries: queries, keys: keys, selection: selection)
        for index in gradient.values.indices { gradient.values[index] *= weight }
        if let sum = memory.sums.first?.pet {
            gradient.withMatrix(rows: keys.shape[0]) {
                sum.matrix(
                    PromptPool.keyIndex, rows: keys.shape[0], columns: keys.shape[1]
                ).add($0)
            }
        }
        return loss
    }

    private func forward(
        _ pictures: Matrix, _ groups: [Range<Int>], _ views: StepMemory.Views,
        _ selection: PoolSelection?
    ) {
        let patches =
            model.pet.map { BoundPatch.all(model.patches, parameters: $0) }
            ?? Array(repeating: nil, count: configuration.depth)
        workers.run(groups.count, with: memory.scratch) { item, workspace in
            let group = groups[item]
            model.backboneViews.forward(
                pictures.rows(group),
                patches: patches.choosing(selection, from: group.lowerBound),
                activations: views.groups[item],
                scratch: memory.views(of: workspace, pictures: group.count),
                into: views.features.rows(group))
        }
    }

    /// The losses of a batch; the head's gradients are added, those of the features written.
    private func backwardHead(
        _ labels: [Int], _ views: StepMemory.Views, weight: Float
    ) -> Losses {
        let rows = labels.count
        let width = configuration.width
        var features = Tensor(zeros: [rows, width])
        features.withMutableMatrix(rows: rows) { $0.copy(from: views.features) }
        let mapping = mapping
        let (mapped, cache) = mapping?.forward(features) ?? (features, DenseNetwork.Cache())
        let logits = head.logits(mapped)
        var (crossEntropy, dLogits) = maskedCrossEntropy(
            logits: logits, labels: labels, allowed: allowedClasses)
        let classes = model.classes
        let inner = mapped.shape[1]
        let headWeight = model.head.matrix(0, rows: classes, columns: inner)
        let dHead = Linear<Gradient>(
            weight: memory.headGradients.matrix(0, rows: classes, columns: inner),
            bias: memory.headGradients.matrix(1, rows: 1, columns: classes))
        for index in dLogits.values.indices { dLogits.values[index] *= weight }
        var dMapped = Tensor(zeros: mapped.shape)
        dLogits.withMatrix(rows: rows) { dLogits in
            // logits = mapped Wᵀ + b
            mapped.withMatrix(rows: rows) { dHead.add($0, dLogits) }
            dMapped.withMutableMatrix(rows: rows) { multiply(dLogits, headWeight, into: $0) }
        }
        if let mapping { dMapped = backThroughMapping(mapping, dMapped, cache) }
        dMapped.withMatrix(rows: rows) { views.dFeatures.copy(from: $0) }
        guard let contrastive else { return Losses(crossEntropy: crossEntropy) }
        var (loss, dFeatures) = contrastive.lossAndGradient(features: features)
        for index in dFeatures.values.indices { dFeatures.values[index] *= weight }
        dFeatures.withMatrix(rows: rows) { views.dFeatures.add($0) }
        return Losses(crossEntropy: crossEntropy, contrastive: loss)
    }

    /// Adds the gradients of the mapping's parameters; returns that of its input.
    private func backThroughMapping(
        _ mapping: DenseNetwork, _ dMapped: Tensor, _ cache: DenseNetwork.Cache
    ) -> Tensor {
        let (dFeatures, gradients) = mapping.backward(dMapped, cache)
        for (index, tensor) in gradients.tensors.enumerated() {
            tensor.withMatrix(rows: 1) {
                memory.headGradients.matrix(2 + index, rows: 1, columns: tensor.count).add($0)
            }
        }
        return dFeatures
    }

    private func backward(
        _ pictures: Matrix, _ groups: [Range<Int>], _ views: StepMemory.Views,
        _ selection: PoolSelection?
    ) {
        let sums = memory.sums
        workers.run(sums.count, with: memory.scratch) { item, workspace in
            for index in stride(from: item, to: groups.count, by: sums.count) {
                let group = groups[index]
                model.backboneViews.backward(
                    views.dFeatures.rows(group), pictures: pictures.rows(group),
                    patches: sums[item].patches.choosing(selection, from: group.lowerBound),
                    activations: views.groups[index],
                    scratch: memory.views(of: workspace, pictures: group.count),
                    gradients: sums[item].backboneViews,
                    observe: { observeGradient?($0, Tensor(copying: $1)) })
            }
        }
    }

    /// Adds the partial sums in order and copies the totals to `gradients`.
    private func collectGradients() {
        var next = 0
        if let first = memory.sums.first {
            for (index, total) in first.vectors.enumerated() {
                let others = memory.sums.dropFirst().map { $0.vectors[index] }
                add(others, to: total)
                total.store(into: &gradients, from: next)
                next += total.layout.names.count
            }
        }
        memory.headGradients.store(into: &gradients, from: next)
    }

    /// Adds vectors element by element, in order; split over the workers by element.
    private func add(_ others: [ParameterVector], to total: ParameterVector) {
        let count = total.layout.count
        let chunk = 1 << 16
        workers.run((count + chunk - 1) / chunk) { item in
            let range = item * chunk..<min((item + 1) * chunk, count)
            for other in others { total.flat(range).add(other.flat(range)) }
        }
    }
}
