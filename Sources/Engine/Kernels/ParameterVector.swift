/// Where each tensor of a parameter set lies in one block of memory.
struct ParameterLayout: Sendable, Hashable {
    let names: [String]
    let shapes: [[Int]]
    /// The first float of each tensor, a multiple of 16.
    let offsets: [Int]
    /// The number of floats, padding included.
    let count: Int

    init(_ entries: [(name: String, shape: [Int])]) {
        names = entries.map(\.name)
        shapes = entries.map(\.shape)
        var offsets: [Int] = []
        var next = 0
        for entry in entries {
            offsets.append(next)
            next += aligned(entry.shape.reduce(1, *))
        }
        self.offsets = offsets
        count = next
    }

    /// The number of elements of tensor `index`.
    func elementCount(_ index: Int) -> Int { shapes[index].reduce(1, *) }
}

/// The tensors of a parameter set, or their gradients, in one aligned block of memory.
final class ParameterVector {
    let layout: ParameterLayout
    private let storage: AlignedStorage

    /// Creates zeros.
    init(zeros layout: ParameterLayout) {
        self.layout = layout
        storage = AlignedStorage(zeros: layout.count)
    }

    /// Copies the tensors of `parameters`.
    convenience init(_ parameters: ParameterSet) {
        self.init(
            zeros: ParameterLayout(
                zip(parameters.names, parameters.tensors).map { ($0, $1.shape) }))
        load(parameters.tensors[...])
    }

    /// Copies the elements of `tensors`, which have the order and shapes of the layout.
    func load(_ tensors: ArraySlice<Tensor>) {
        precondition(tensors.map(\.shape) == layout.shapes, "tensors of another layout")
        for (offset, tensor) in zip(layout.offsets, tensors) {
            tensor.values.withUnsafeBufferPointer { buffer in
                if let base = buffer.baseAddress {
                    (storage.base + offset).update(from: base, count: buffer.count)
                }
            }
        }
    }

    /// Copies the elements into the tensors of `set` from index `first` on, in place.
    func store(into set: inout ParameterSet, from first: Int) {
        for index in layout.offsets.indices {
            let base = storage.base + layout.offsets[index]
            set.tensors[first + index].values.withUnsafeMutableBufferPointer { buffer in
                precondition(buffer.count == layout.elementCount(index))
                buffer.baseAddress?.update(from: base, count: buffer.count)
            }
        }
    }

    /// A copy as a parameter set.
    var parameterSet: ParameterSet {
        var set = ParameterSet(zip(layout.names, layout.shapes).map { ($0, Tensor(zeros: $1)) })
        store(into: &set, from: 0)
        return set
    }

    /// A view of part of tensor `index`: `rows` rows of `columns` from element `offset` on.
    func matrix(_ index: Int, rows: Int, columns: Int, offset: Int = 0) -> Matrix {
        precondition(
            offset + rows * columns <= layout.elementCount(index),
            "[\(rows), \(columns)] at \(offset) of \(layout.names[index]) \(layout.shapes[index])")
        return Matrix(
            base: storage.base + layout.offsets[index] + offset, rows: rows, columns: columns)
    }

    /// Sets all elements to zero.
    func clear() { storage.base.update(repeating: 0, count: layout.count) }

    /// All floats of `range`, padding included, as one row.
    func flat(_ range: Range<Int>) -> Matrix {
        precondition(range.upperBound <= layout.count)
        return Matrix(base: storage.base + range.lowerBound, rows: 1, columns: range.count)
    }
}
