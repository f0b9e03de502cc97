/// The bare products of a model's layers, to measure what the linear algebra library reaches by
/// itself.
package final class RawProducts {
    private let rows: Int
    private let shapes: [(inputs: Int, outputs: Int)]
    private let workspace: Workspace
    private let products: [(x: Matrix, weight: Matrix, y: Matrix)]

    /// Prepares the four products of one block of `configuration` on a batch.
    package init(_ configuration: ViTConfiguration, pictures: Int) {
        let width = configuration.width
        let hidden = configuration.mlpWidth
        let rows = pictures * configuration.tokenCount
        let shapes: [(inputs: Int, outputs: Int)] = [
            (inputs: width, outputs: 3 * width), (width, width), (width, hidden), (hidden, width),
        ]
        self.rows = rows
        self.shapes = shapes
        (workspace, products) = Workspace.planned { workspace in
            shapes.map {
                (
                    workspace.take(rows, $0.inputs), workspace.take($0.outputs, $0.inputs),
                    workspace.take(rows, $0.outputs)
                )
            }
        }
        for product in products {
            for matrix in [product.x, product.weight] {
                for row in 0..<matrix.rows {
                    for column in 0..<matrix.columns {
                        matrix[row, column] = Float((row * 7 + column * 13) % 101) / 101 - 0.5
                    }
                }
            }
        }
    }

    /// Floating point operations of one call of `run`.
    package var operations: Double {
        shapes.reduce(0) { $0 + 2 * Double(rows) * Double($1.inputs) * Double($1.outputs) }
    }

    /// Runs the products once, on threads of the library.
    package func run(threads: Int) {
        LinearAlgebra.withThreads(threads) {
            for product in products {
                multiply(product.x, transposed: product.weight, into: product.y)
            }
        }
    }
}
