/// One cell of the matrix: a value for each axis, in the order of the file.
///
/// ```swift
/// let cell = Cell([
///     Cell.Coordinate(axis: "seed", value: .integer(42), text: "42"),
///     Cell.Coordinate(axis: "rank", value: .integer(5), text: "5"),
/// ])
/// cell.description  // "{seed=42,rank=5}"
/// cell["rank"]  // .integer(5)
/// cell.restricted(to: ["seed"]).description  // "{seed=42}"
/// ```
public struct Cell: Sendable, Hashable, CustomStringConvertible {
    /// The axes and their values.
    public let coordinates: [Coordinate]

    /// The value of one axis.
    public struct Coordinate: Sendable, Hashable {
        /// The variable.
        public let axis: String
        /// Its value in this cell.
        public let value: Value
        /// The value as written in the file.
        public let text: String

        /// Creates a coordinate.
        public init(axis: String, value: Value, text: String) {
            self.axis = axis
            self.value = value
            self.text = text
        }
    }

    /// Creates a cell; without coordinates it is the only cell of a file without a matrix.
    public init(_ coordinates: [Coordinate] = []) {
        self.coordinates = coordinates
    }

    /// Returns the value of an axis; nil when the matrix has no such axis.
    public subscript(axis: String) -> Value? {
        coordinates.first { $0.axis == axis }?.value
    }

    /// Returns the cell with only some of its axes.
    public func restricted(to axes: Set<String>) -> Cell {
        Cell(coordinates.filter { axes.contains($0.axis) })
    }

    /// `{seed=42,rank=5}`; empty without coordinates.
    public var description: String {
        if coordinates.isEmpty { return "" }
        return "{" + coordinates.map { "\($0.axis)=\($0.text)" }.joined(separator: ",") + "}"
    }
}
