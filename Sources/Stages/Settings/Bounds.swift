/// What whole-number parameters may be: far more than anyone needs, and little enough that no product of
/// them overflows.
enum Bounds {
    /// Epochs, steps, pictures a class.
    static let count = 1...1_000_000
    /// A number that may be nothing.
    static let countOrNone = 0...1_000_000
    /// Pictures in a batch, batches in a step.
    static let batch = 1...4096
    /// Tasks of a dataset.
    static let tasks = 1...10_000
    /// Width of a model.
    static let width = 1...16_384
    /// Inner width of a model's MLP.
    static let mlpWidth = 1...4 * width.upperBound
    /// Blocks, or heads, of a model; rank of a low-rank product.
    static let depth = 1...256
    /// Extra keys of a block.
    static let prompt = 1...4096
    /// Side of a picture or patch.
    static let side = 1...4096
    /// What a learning rate may be multiplied by.
    static let factor = 1e6
    /// A learning rate, its decay, or the weight of a term of the loss: times every factor still finite.
    static let rate = 0...1e100
    /// The norm of a gradient.
    static let norm = 0...1e12
    /// Classes that a stage names.
    static let classes = 1...100_000
    /// Episodes of few-shot learning.
    static let episodes = 1...100_000
    /// Layers of a small network, of which each multiplies a width.
    static let layers = 8
    /// Patches along one side of a picture.
    static let grid = 256
}
