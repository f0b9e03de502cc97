import Engine

/// How one tensor of the model is made of arrays of a file.
struct WeightRule: Sendable {
    /// How the values of an array are ordered in the model.
    enum Arrangement: Sendable {
        /// As they are; only the shape may differ.
        case unchanged
        /// A matrix `[rows, columns]` becomes `[columns, rows]`; leading or trailing axes are merged
        /// so that `rows` rows result.
        case transposed(rows: Int)
        /// A convolution `[height, width, in, out]` becomes `[out, in, height, width]`.
        case convolution
        /// A linear layer over patches `[out, height · width · in]` becomes `[out, in, height, width]`.
        case patches(outputs: Int, channels: Int)
    }

    /// One array of the file.
    struct Part: Sendable {
        let name: String
        let shape: [Int]
        let arrangement: Arrangement
    }

    /// The name in the model.
    let target: String
    /// The shape in the model.
    let shape: [Int]
    /// The arrays whose values, arranged, follow each other.
    let parts: [Part]
    /// Whether the file has no such tensor, and the model's does nothing: the identity, or zeros.
    let isIdentity: Bool
    /// An array of a factor for each row, or element of a vector, by which the values are multiplied.
    var rowScale: Part?

    /// The arrays that the tensor is made of.
    var names: [String] { parts.map(\.name) + (rowScale.map { [$0.name] } ?? []) }

    init(_ target: String, _ shape: [Int], _ parts: [Part]) {
        self.target = target
        self.shape = shape
        self.parts = parts
        isIdentity = false
    }

    /// A linear layer that does nothing.
    init(identity target: String, _ shape: [Int]) {
        self.target = target
        self.shape = shape
        parts = []
        isIdentity = true
    }

    /// The values of a tensor that does nothing: ones where row and column are equal, or zeros.
    ///
    /// - Precondition: `isIdentity`.
    var identityValues: [Float] {
        precondition(isIdentity, "\(target) is in the file")
        var values = [Float](repeating: 0, count: shape.reduce(1, *))
        if shape.count == 2 {
            for row in 0..<min(shape[0], shape[1]) { values[row * shape[1] + row] = 1 }
        }
        return values
    }
}

extension WeightRule {
    /// Returns values with every row multiplied by its factor: a layer that is followed by a factor
    /// for each output is one layer, since (W x + b) · s = (s W) x + (s b).
    static func scaled(_ values: [Float], by factors: [Float]) -> [Float] {
        guard !factors.isEmpty else { return values }
        let length = values.count / factors.count
        return values.indices.map { values[$0] * factors[$0 / max(length, 1)] }
    }
}

extension WeightRule.Arrangement {
    /// Returns the values of an array in the order of the model.
    func apply(_ values: [Float], shape: [Int]) -> [Float] {
        switch self {
        case .unchanged: return values
        case .transposed(let rows):
            return StoredMatrix.transposed(values, rows: rows, columns: values.count / max(rows, 1))
        case .patches(let outputs, let channels):
            let length = values.count / max(outputs, 1)
            return (0..<outputs).flatMap { output in
                StoredMatrix.transposed(
                    Array(values[output * length..<(output + 1) * length]),
                    rows: length / max(channels, 1), columns: channels)
            }
        case .convolution:
            let (height, width, inputs, outputs) = (shape[0], shape[1], shape[2], shape[3])
            let byOutput = StoredMatrix.transposed(
                values, rows: height * width * inputs, columns: outputs)
            let area = height * width
            return (0..<outputs).flatMap { output in
                let start = output * area * inputs
                return StoredMatrix.transposed(
                    Array(byOutput[start..<start + area * inputs]), rows: area, columns: inputs)
            }
        }
    }
}
