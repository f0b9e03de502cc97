import Pipeline
import Synchronization

/// Decoded pictures in memory, up to a bound that all datasets of a run share, whatever the number
/// of cells. What is in it changes no result.
///
/// Within a dataset the first pictures stay: an epoch shows every picture once, and forgetting any of
/// them for another would lose as much as it wins. Between datasets the bound is shared: one that
/// comes later takes room from the one that holds most, until they hold equally much.
public final class PictureMemory: Sendable {
    /// The bound of a run, in bytes.
    public static let standardByteLimit = 1 << 28

    fileprivate struct Share {
        var pictures: [String: Picture] = [:]
        var order: [String] = []
        var byteCount = 0

        mutating func add(_ picture: Picture, as name: String) {
            pictures[name] = picture
            order.append(name)
            byteCount += picture.pixels.count
        }

        /// Forgets the picture that came last; nil when there is none.
        mutating func removeLast() -> Picture? {
            guard let picture = order.popLast().flatMap({ pictures.removeValue(forKey: $0) })
            else { return nil }
            byteCount -= picture.pixels.count
            return picture
        }
    }

    fileprivate struct Content {
        var shares: [String: Share] = [:]
        var byteCount = 0
    }

    private let byteLimit: Int
    private let content = Mutex(Content())

    /// Creates a memory.
    ///
    /// - Parameter byteLimit: the greatest sum of pixels kept, in bytes.
    public init(byteLimit: Int = standardByteLimit) { self.byteLimit = byteLimit }

    /// The bytes of the pictures kept.
    package var byteCount: Int { content.withLock { $0.byteCount } }

    func picture(_ name: String, of dataset: String) -> Picture? {
        content.withLock { $0.shares[dataset]?.pictures[name] }
    }

    func keep(_ picture: Picture, as name: String, of dataset: String) {
        let byteCount = picture.pixels.count
        content.withLock { content in
            guard content.shares[dataset]?.pictures[name] == nil, byteCount <= byteLimit,
                content.makeRoom(byteCount, below: byteLimit, for: dataset)
            else { return }
            content.shares[dataset, default: Share()].add(picture, as: name)
            content.byteCount += byteCount
        }
    }
}

extension PictureMemory.Content {
    /// Forgets pictures of datasets that hold more than `dataset` would; false when there are none.
    mutating func makeRoom(_ byteCount: Int, below limit: Int, for dataset: String) -> Bool {
        let own = (shares[dataset]?.byteCount ?? 0) + byteCount
        while self.byteCount + byteCount > limit {
            guard let largest = shares.max(by: { $0.value.byteCount < $1.value.byteCount }),
                largest.key != dataset, largest.value.byteCount > own,
                let picture = shares[largest.key]?.removeLast()
            else { return false }
            self.byteCount -= picture.pixels.count
        }
        return true
    }
}

/// The pictures of a dataset, decoded once as long as the memory has room for them.
public final class CachedPictures: PictureAccess {
    private let base: any PictureAccess
    private let memory: PictureMemory
    private let dataset: String

    /// Creates an access.
    ///
    /// - Parameters:
    ///   - base: what decodes.
    ///   - memory: what keeps pictures.
    ///   - dataset: tells the dataset from every other in the memory; equal for equal datasets.
    public init(_ base: any PictureAccess, in memory: PictureMemory, dataset: String) {
        self.base = base
        self.memory = memory
        self.dataset = dataset
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        // With the content, for Swift takes paths in two Unicode forms for equal.
        let name = "\(entry.split.rawValue)/\(entry.path) \(entry.sha256)"
        if let known = memory.picture(name, of: dataset) { return known }
        let picture = try base.picture(entry)
        memory.keep(picture, as: name, of: dataset)
        return picture
    }
}
