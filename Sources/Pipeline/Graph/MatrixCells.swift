/// The cells of a matrix, with the values of the axes as they stand in the file.
struct MatrixCells {
    /// The largest matrix that is read.
    private static let limit = 10_000

    /// The cells, the last axis fastest.
    let cells: [Cell]
    /// For each cell the nodes of its values, in the order of the axes.
    let nodes: [[SpecNode]]
    let axes: [AxisSpec]

    /// Makes the cells of a file.
    ///
    /// - Throws: with everything that is known to be wrong when the matrix is too large.
    init(_ spec: PipelineSpec, _ problems: ProblemList) throws(SpecError) {
        axes = spec.axes
        let count = axes.reduce(1) { $0 > Self.limit ? $0 : $0 * $1.values.count }
        if let axis = axes.first, count > Self.limit {
            problems.report(axis.place, "the matrix has more than \(Self.limit) cells")
            try problems.throwIfAny()
        }
        nodes = axes.reduce([[]]) { cells, axis in
            cells.flatMap { cell in axis.values.map { cell + [$0] } }
        }
        let names = axes.map(\.name)
        cells = nodes.map { nodes in
            Cell(
                zip(names, nodes).map { axis, node in
                    let text = if case .scalar(_, let text) = node.content { text } else { "" }
                    return Cell.Coordinate(axis: axis, value: node.value, text: text)
                })
        }
    }

    /// The values of the axes in one cell, by name.
    func values(ofCell index: Int) -> [(name: String, node: SpecNode)] {
        zip(axes.map(\.name), nodes[index]).map { ($0, $1) }
    }
}
