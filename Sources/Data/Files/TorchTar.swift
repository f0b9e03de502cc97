import Pipeline

/// The content of a checkpoint as PyTorch wrote it before version 0.2: a tar archive of `sys_info`,
/// `storages`, `tensors` and `pickle`. In `storages`, after their number, each has a pickle
/// `(key, place, type)`, the number of its elements in 8 bytes, and the elements; a list of storages
/// that are parts of others follows. In `tensors`, after their number, each has a pickle
/// `(key, storage, type)`, the number of its axes in 8 bytes, extents, strides and offset in 8 bytes each.
/// The objects in `pickle` refer to both by key. Nothing in a pickle is executed.
///
/// Archives without `tensors`, whose pickle announces storages as later formats do, are read too.
struct TorchTar {
    /// The greatest number of storages or tensors.
    static let maximumCount = 1 << 16
    /// The greatest length of the pickle before a storage or a tensor in bytes.
    static let maximumKeyByteCount = 1 << 12
    /// The greatest length of the list of storages that are parts of others in bytes.
    static let maximumListByteCount = 1 << 22

    let value: PickleValue
    let objects: PickleObjects
    /// The first byte of each storage.
    let offsets: [String: Int]

    init(_ file: BinaryFile) throws(UnreadableInput) {
        let members = try TarMembers(file).files
        guard let system = members["sys_info"], let storages = members["storages"],
            let pickle = members["pickle"]
        else { throw file.error("a tar archive that is no checkpoint of PyTorch") }
        try Self.checkByteOrder(file, system)
        var reading = Storages(file)
        try reading.read(storages)
        if let tensors = members["tensors"] { try reading.readTensors(tensors) }
        let bytes = try Self.pickle(file, pickle)
        do throws(PickleProblem) {
            (value, objects, _) = try PickleReader.read(bytes, externals: reading.externals)
        } catch {
            throw file.error(error, in: "pickle")
        }
        // Storages that the pickle announces itself must be those of the file.
        for storage in objects.storages {
            guard reading.known[storage.key] == storage else {
                throw file.error(
                    "storage '\(storage.key)' is missing or not of the announced size")
            }
        }
        offsets = reading.offsets
    }

    private static func pickle(
        _ file: BinaryFile, _ range: Range<Int>
    ) throws(UnreadableInput) -> [UInt8] {
        guard range.count <= PickleReader.maximumByteCount else {
            throw file.error("'pickle' has \(range.count) bytes")
        }
        return try file.read(at: range.lowerBound, count: range.count)
    }

    private static func checkByteOrder(
        _ file: BinaryFile, _ range: Range<Int>
    ) throws(UnreadableInput) {
        let bytes = try pickle(file, range)
        do throws(PickleProblem) {
            let (value, objects, _) = try PickleReader.read(bytes)
            let order = objects.entries(value)?.last { $0.key == .text("little_endian") }
            guard order?.value == .bool(true) else {
                throw PickleProblem(
                    text: "the checkpoint is not little-endian, which is not read,", offset: 0)
            }
        } catch {
            throw file.error(error, in: "sys_info")
        }
    }
}

/// One pass over the storages and tensors of an archive.
private struct Storages {
    let file: BinaryFile
    private(set) var externals: [String: PickleReader.External] = [:]
    private(set) var known: [String: TorchStorage] = [:]
    private(set) var offsets: [String: Int] = [:]

    init(_ file: BinaryFile) { self.file = file }

    mutating func read(_ range: Range<Int>) throws(UnreadableInput) {
        var reader = MemberReader(file: file, name: "storages", range: range)
        for _ in 0..<(try reader.count()) {
            let parts = try reader.tuple(of: 3)
            guard let key = Self.key(parts[0]), case .constructor(.storage(let type)) = parts[2]
            else { throw file.error("a damaged storage before byte \(reader.position)") }
            let count = try reader.number()
            guard let byteCount = StoredArray.byteCount(type, [count]) else {
                throw file.error("storage '\(key)' is not of the announced size")
            }
            try add(key, TorchStorage(key: key, elementType: type, count: count), reader.position)
            try reader.skip(byteCount)
        }
        if reader.isAtEnd { return }
        try readParts(try reader.list(of: 4))
    }

    /// Storages that are parts of others: `(key, whole, offset, count)`.
    private mutating func readParts(_ list: [[PickleValue]]) throws(UnreadableInput) {
        for parts in list {
            guard let key = Self.key(parts[0]),
                let whole = Self.key(parts[1]).flatMap({ known[$0] }),
                let start = offsets[whole.key], let offset = parts[2].integer,
                let count = parts[3].integer, offset >= 0, count >= 0, offset <= whole.count,
                count <= whole.count - offset
            else { throw file.error("a storage that is no part of another") }
            try add(
                key, TorchStorage(key: key, elementType: whole.elementType, count: count),
                start + offset * whole.elementType.byteCount)
        }
    }

    mutating func readTensors(_ range: Range<Int>) throws(UnreadableInput) {
        var reader = MemberReader(file: file, name: "tensors", range: range)
        for _ in 0..<(try reader.count()) {
            let parts = try reader.tuple(of: 3)
            guard let key = Self.key(parts[0]),
                let storage = Self.key(parts[1]).flatMap({ known[$0] })
            else { throw file.error("a damaged tensor before byte \(reader.position)") }
            // The upper half of the number of axes was never written.
            let rank = try reader.number() & 0xFFFF_FFFF
            guard rank <= StridedLayout.maximumRank else {
                throw file.error("tensor '\(key)' has \(rank) axes")
            }
            var numbers: [Int] = []
            for _ in 0..<(2 * rank + 1) { numbers.append(try reader.number()) }
            let layout = StridedLayout(
                offset: numbers[2 * rank], shape: Array(numbers[..<rank]),
                strides: Array(numbers[rank..<2 * rank]), in: storage)
            guard let layout else {
                throw file.error("tensor '\(key)' reaches beyond its storage")
            }
            let tensor = TorchTensor(storage: storage, layout: layout)
            guard externals.updateValue(.tensor(tensor), forKey: key) == nil else {
                throw file.error("two tensors '\(key)'")
            }
        }
    }

    private mutating func add(
        _ key: String, _ storage: TorchStorage, _ offset: Int
    ) throws(UnreadableInput) {
        guard known.updateValue(storage, forKey: key) == nil else {
            throw file.error("two storages '\(key)'")
        }
        externals[key] = .storage(storage)
        offsets[key] = offset
    }

    private static func key(_ value: PickleValue) -> String? {
        if let number = value.integer { return "\(number)" }
        guard let text = value.text, text.utf8.count <= PickleReader.maximumKeyByteCount
        else { return nil }
        return text
    }
}

/// Reads pickles and numbers, one after the other, from a member of an archive.
private struct MemberReader {
    let file: BinaryFile
    let name: String
    private(set) var position: Int
    private let end: Int

    init(file: BinaryFile, name: String, range: Range<Int>) {
        self.file = file
        self.name = name
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position == end }

    mutating func skip(_ count: Int) throws(UnreadableInput) {
        guard count <= end - position else { throw file.error("'\(name)' is cut") }
        position += count
    }

    mutating func number() throws(UnreadableInput) -> Int {
        let start = position
        try skip(8)
        return Int(clamping: try file.read(at: start, count: 8).littleEndian64(at: 0))
    }

    /// A number of entries.
    mutating func count() throws(UnreadableInput) -> Int {
        let (value, _) = try pickle(limit: TorchTar.maximumKeyByteCount)
        guard let count = value.integer, (0...TorchTar.maximumCount).contains(count) else {
            throw file.error("'\(name)' does not start with the number of its entries")
        }
        return count
    }

    mutating func tuple(of count: Int) throws(UnreadableInput) -> [PickleValue] {
        let (value, objects) = try pickle(limit: TorchTar.maximumKeyByteCount)
        guard let parts = objects.elements(value), parts.count == count else {
            throw file.error("'\(name)' has a damaged entry before byte \(position)")
        }
        return parts
    }

    mutating func list(of count: Int) throws(UnreadableInput) -> [[PickleValue]] {
        let (value, objects) = try pickle(limit: TorchTar.maximumListByteCount)
        let elements = objects.elements(value) ?? []
        let parts = elements.compactMap { objects.elements($0) }
        guard objects.elements(value) != nil, parts.count == elements.count,
            parts.allSatisfy({ $0.count == count })
        else { throw file.error("'\(name)' has a damaged list before byte \(position)") }
        return parts
    }

    private mutating func pickle(
        limit: Int
    ) throws(UnreadableInput) -> (value: PickleValue, objects: PickleObjects) {
        let bytes = try file.read(at: position, count: min(limit, end - position))
        do throws(PickleProblem) {
            let (value, objects, length) = try PickleReader.read(bytes)
            position += length
            return (value, objects)
        } catch {
            let place = PickleProblem(
                text: error.text, offset: error.offset + position, isRefusal: error.isRefusal)
            throw file.error(place, in: nil)
        }
    }
}
