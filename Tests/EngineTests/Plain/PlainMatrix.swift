import Engine

/// A matrix of doubles, row by row: what the plain model computes with.
struct PlainMatrix: Equatable {
    let rows: Int
    let columns: Int
    var values: [Double]

    init(rows: Int, columns: Int, _ values: [Double]) {
        precondition(values.count == rows * columns, "\(values.count) for [\(rows), \(columns)]")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    init(zeros rows: Int, _ columns: Int) {
        self.init(rows: rows, columns: columns, [Double](repeating: 0, count: rows * columns))
    }

    /// Makes each element from its row and column.
    init(_ rows: Int, _ columns: Int, _ element: (Int, Int) -> Double) {
        var values: [Double] = []
        values.reserveCapacity(rows * columns)
        for r in 0..<rows {
            for c in 0..<columns { values.append(element(r, c)) }
        }
        self.init(rows: rows, columns: columns, values)
    }

    subscript(_ row: Int, _ column: Int) -> Double {
        get { values[row * columns + column] }
        set { values[row * columns + column] = newValue }
    }

    var transposed: PlainMatrix { PlainMatrix(columns, rows) { self[$1, $0] } }

    /// The columns of `range`.
    func columns(_ range: Range<Int>) -> PlainMatrix {
        PlainMatrix(rows, range.count) { self[$0, range.lowerBound + $1] }
    }

    /// The rows of `range`.
    func rows(_ range: Range<Int>) -> PlainMatrix {
        PlainMatrix(range.count, columns) { self[range.lowerBound + $0, $1] }
    }

    /// The rows of both, one after the other.
    func followed(by other: PlainMatrix) -> PlainMatrix {
        precondition(rows == 0 || other.rows == 0 || columns == other.columns)
        return PlainMatrix(
            rows: rows + other.rows, columns: max(columns, other.columns), values + other.values)
    }

    /// The columns of both, side by side.
    func beside(_ other: PlainMatrix) -> PlainMatrix {
        PlainMatrix(rows, columns + other.columns) {
            $1 < columns ? self[$0, $1] : other[$0, $1 - columns]
        }
    }

    func map(_ transform: (Double) -> Double) -> PlainMatrix {
        PlainMatrix(rows: rows, columns: columns, values.map(transform))
    }

    /// The sum of each column.
    var columnSums: [Double] {
        (0..<columns).map { c in (0..<rows).reduce(0) { $0 + self[$1, c] } }
    }

    static func + (a: PlainMatrix, b: PlainMatrix) -> PlainMatrix {
        precondition(a.rows == b.rows && a.columns == b.columns)
        return PlainMatrix(rows: a.rows, columns: a.columns, zip(a.values, b.values).map(+))
    }

    /// The product of matrices.
    static func * (a: PlainMatrix, b: PlainMatrix) -> PlainMatrix {
        precondition(a.columns == b.rows, "[\(a.rows), \(a.columns)] · [\(b.rows), \(b.columns)]")
        var result = PlainMatrix(zeros: a.rows, b.columns)
        for r in 0..<a.rows {
            for i in 0..<a.columns {
                for c in 0..<b.columns { result[r, c] += a[r, i] * b[i, c] }
            }
        }
        return result
    }

    static func * (factor: Double, a: PlainMatrix) -> PlainMatrix { a.map { factor * $0 } }
}

/// Doubles by parameter name: a model's parameters, or sums of their gradients.
struct PlainParameters {
    private(set) var values: [String: [Double]] = [:]

    init() {}

    /// The parameters of some sets.
    init(_ sets: [ParameterSet]) {
        for set in sets {
            for (name, tensor) in zip(set.names, set.tensors) {
                values[name] = tensor.values.map(Double.init)
            }
        }
    }

    init(_ values: [String: [Double]]) { self.values = values }

    subscript(_ name: String) -> [Double]? {
        get { values[name] }
        set { values[name] = newValue }
    }

    var names: [String] { values.keys.sorted() }

    /// A part of a tensor: `rows` rows of `columns` from row `first` on.
    func matrix(_ name: String, _ rows: Int, _ columns: Int, from first: Int = 0) -> PlainMatrix {
        guard let all = values[name] else { preconditionFailure("no parameter \(name)") }
        let start = first * columns
        return PlainMatrix(
            rows: rows, columns: columns, Array(all[start..<start + rows * columns]))
    }

    /// A whole vector.
    func vector(_ name: String) -> [Double] {
        guard let all = values[name] else { preconditionFailure("no parameter \(name)") }
        return all
    }

    /// The same names with zeros.
    var zeroed: PlainParameters {
        PlainParameters(values.mapValues { [Double](repeating: 0, count: $0.count) })
    }

    /// Adds `part` to the elements of `name` from `offset` on.
    mutating func add(_ part: [Double], to name: String, at offset: Int = 0) {
        for (index, value) in part.enumerated() { values[name]?[offset + index] += value }
    }
}
