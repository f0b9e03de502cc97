import Data
import Engine
import Pipeline

/// Features of pictures under the evaluation transform, computed in chunks, or taken from the memo.
struct FeatureExtractor {
    let backbone: any DeviceBackbone
    let transform: EvaluationTransform
    let access: any PictureAccess
    let context: UnitContext

    /// Pictures decoded and computed at a time.
    static let chunk = 64

    private var width: Int { backbone.configuration.width }

    /// Features of the fixed sequence of pictures that a unit is about; goes on from saved progress.
    ///
    /// - Returns: `[entries.count, D]`.
    func features(_ entries: [DatasetManifest.Entry], pet: PET?) throws -> Tensor {
        let saved = try savedFeatures(of: entries.count)
        let rest = Array(entries.dropFirst(saved.count / width))
        let fresh = try compute(rest, pet: pet, dependence: .batch, before: saved)
        return Tensor(shape: [entries.count, width], saved + fresh)
    }

    /// The rows that saved progress holds; none when it is not of these pictures: a sealed file may hold
    /// anything.
    private func savedFeatures(of count: Int) throws -> [Float] {
        guard let saved = try context.savedProgress() else { return [] }
        guard let tensor = try? saved.tensor(ArrayName.features), tensor.shape.count == 2,
            tensor.shape[0] <= count, tensor.shape[1] == width
        else {
            context.warn("the saved progress is not of these features: from the start")
            return []
        }
        return tensor.values
    }

    /// Features of pictures on the way to something else, without a PET and without saved progress.
    ///
    /// - Returns: `[entries.count, D]`.
    func features(_ entries: [DatasetManifest.Entry]) throws -> Tensor {
        let values = try compute(entries, pet: nil, dependence: .batch, before: nil)
        return Tensor(shape: [entries.count, width], values)
    }

    /// Features of a set of pictures that may differ from run to run: known ones come from the memo,
    /// which is keyed by everything they depend on. So the bits of a picture may not depend on which others
    /// were unknown.
    ///
    /// - Parameters:
    ///   - selection: the entries of a prompt pool that each picture reads, which `group` determines;
    ///     nil for other methods.
    ///   - group: names backbone, content of the PET, and transform.
    ///   - progress: what the unit needs to go on from here; nil for a unit that starts again.
    /// - Returns: `[entries.count, D]`.
    func memoisedFeatures(
        _ entries: [DatasetManifest.Entry], pet: PET?, selection: PoolSelection? = nil,
        group: String, progress: (() throws -> Artifact)? = nil
    ) throws -> Tensor {
        // A sealed memo may hold anything.
        var known = context.memo.vectors(of: group).filter { $0.value.count == width }
        let unknown = entries.indices.filter { known[memoKey(entries[$0])] == nil }
        for start in stride(from: 0, to: unknown.count, by: Self.chunk * 8) {
            let part = Array(unknown[start..<min(start + Self.chunk * 8, unknown.count)])
            let fresh = try compute(
                part.map { entries[$0] }, pet: pet, selection: selection?.pictures(part),
                dependence: .picture, before: nil, progress: progress)
            var added: [String: [Float]] = [:]
            for (row, index) in part.enumerated() {
                added[memoKey(entries[index])] = Array(fresh[row * width..<(row + 1) * width])
            }
            try context.memo.add(added, to: group)
            known.merge(added) { first, _ in first }
        }
        let values = entries.flatMap { known[memoKey($0)] ?? [] }
        // What is remembered may be older than the look at fresh features.
        try NonFiniteFeatures.check(values, of: entries, width: width)
        return Tensor(shape: [entries.count, width], values)
    }

    /// Features of pictures that depend on the batch they stand in; goes on from saved progress.
    ///
    /// - Parameters:
    ///   - batches: all entries in their order.
    ///   - selection: the entries of a prompt pool that each picture reads.
    /// - Returns: `[entries.count, D]`.
    func features(
        _ entries: [DatasetManifest.Entry], inBatches batches: [Range<Int>], pet: PET,
        selection: PoolSelection
    ) throws -> Tensor {
        let saved = try savedFeatures(of: entries.count)
        let done = saved.count / width
        let rest = batches.filter { $0.lowerBound >= done }.map { $0.map { $0 - done } }
        let fresh = try compute(
            Array(entries.dropFirst(done)), pet: pet,
            selection: selection.pictures(Array(done..<entries.count)), batches: rest,
            dependence: .batch, before: saved)
        return Tensor(shape: [entries.count, width], saved + fresh)
    }

    /// What a picture is remembered by: its content and, where the datasets of a sequence have
    /// transforms of their own, which dataset it is of.
    private func memoKey(_ entry: DatasetManifest.Entry) -> String {
        if transform.parts == nil { return entry.sha256 }
        return Digest(of: "part \(entry.part) \(entry.sha256)").hex
    }

    /// - Parameters:
    ///   - batches: what is decoded and computed at a time; nil for chunks.
    ///   - before: the values that saved progress begins with; nil where the memo keeps them.
    ///   - progress: what is saved where there is no `before`.
    private func compute(
        _ entries: [DatasetManifest.Entry], pet: PET?, selection: PoolSelection? = nil,
        batches: [[Int]]? = nil, dependence: FeatureDependence, before: [Float]?,
        progress: (() throws -> Artifact)? = nil
    ) throws -> [Float] {
        let pictures = LabelledPictures(
            access: access, entries: entries, transform: .evaluation(transform))
        let loader =
            batches.map { pictures.loader(batches: $0, threads: context.threads) }
            ?? pictures.sequentialLoader(batchSize: Self.chunk, threads: context.threads)
        var values: [Float] = []
        values.reserveCapacity(entries.count * width)
        while let batch = try loader.nextBatch() {
            let first = values.count / width
            let choice = selection?.pictures(Array(first..<first + batch.labels.count))
            let fresh = backbone.features(
                of: batch.images, pet: pet, selection: choice, dependence: dependence)
            try NonFiniteFeatures.check(
                fresh.values, of: Array(entries[first..<first + batch.labels.count]), width: width)
            values += fresh.values
            let (width, known) = (width, values)
            let earlier = before?.count ?? 0
            try context.step(
                done: (earlier + known.count) / width, of: earlier / width + entries.count,
                detail: "features",
                pictures: batch.images.shape[0],
                progress: before.map { earlier in
                    {
                        let rows = [(earlier.count + known.count) / width, width]
                        return Artifact(arrays: [
                            ArrayName.features: TypedArray(Tensor(shape: rows, earlier + known))
                        ])
                    }
                } ?? progress)
        }
        return values
    }
}
