/// A PET that a model cannot have.
public enum PETError: Error, Hashable, CustomStringConvertible {
    /// A size is zero or negative.
    case notPositive(name: String, value: Int)
    /// Two neighbours in the list of blocks are not in ascending order.
    case blocksNotAscending(Int, Int)
    /// The model has fewer blocks.
    case noSuchBlock(Int, depth: Int)
    /// A block would have a prefix for all pictures and one from a pool.
    case twoPrefixes(block: Int)

    public var description: String {
        switch self {
        case .notPositive(let name, let value): "\(name) must be positive, not \(value)"
        case .blocksNotAscending(let block, let next):
            "blocks must ascend, but \(next) follows \(block)"
        case .noSuchBlock(let block, let depth):
            "block \(block) does not exist in a model of \(depth) blocks, 0 to \(depth - 1)"
        case .twoPrefixes(let block):
            "block \(block) has both a general prompt and one from the pool"
        }
    }

    /// Checks the inner size of a method and the blocks that it acts on.
    ///
    /// - Parameter depth: the blocks of the model; nil to leave open whether all of them exist.
    /// - Throws: `PETError` where the size is not positive, or blocks repeat, descend or do not exist.
    static func check(
        _ name: String, _ value: Int, blocks: [Int], depth: Int? = nil
    ) throws(PETError) {
        guard value > 0 else { throw .notPositive(name: name, value: value) }
        for (block, next) in zip(blocks, blocks.dropFirst()) where block >= next {
            throw .blocksNotAscending(block, next)
        }
        let depth = depth ?? .max
        for block in blocks where !(0..<depth).contains(block) {
            throw .noSuchBlock(block, depth: depth)
        }
    }

    /// Stops the program where `check` fails.
    static func require(_ name: String, _ value: Int, blocks: [Int]) {
        do { try check(name, value, blocks: blocks) } catch { preconditionFailure("\(error)") }
    }
}
