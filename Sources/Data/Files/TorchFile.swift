import Pipeline

/// A checkpoint of PyTorch: a zip archive with a pickle `data.pkl` and a file per storage under
/// `data/`, all in one folder of any name; or, before version 1.6, pickles one after the other
/// (magic number, protocol, facts of the machine, objects, keys of the storages), then the storages,
/// each after the number of its elements in 8 bytes; or, before 0.2, a tar archive (`TorchTar`). Nothing in
/// a pickle is executed.
struct TorchFile: Sendable {
    /// Where the bytes of the storages are.
    private enum Storages: Sendable {
        case archive(ZipArchive, [String: ZipArchive.Entry])
        /// The first byte of each storage.
        case legacy(BinaryFile, [String: Int])
    }

    /// The names, in the order of the file.
    let names: [String]
    /// What was done to get the names.
    let log: [String]
    private let tensors: [String: TorchTensor]
    private let storages: Storages
    private let file: BinaryFile
    private let value: PickleValue
    private let objects: PickleObjects

    private init(
        _ file: BinaryFile, _ value: PickleValue, _ objects: PickleObjects, _ storages: Storages,
        _ naming: TorchNaming
    ) throws(UnreadableInput) {
        let found: TorchNames
        do {
            found = try TorchNames(value, objects, naming: naming)
        } catch {
            throw UnreadableInput(
                path: file.path, problem: "the checkpoint \(error.text)",
                hint: objects.unbuilt.isEmpty ? nil : PickleProblem.hint)
        }
        names = found.tensors.map(\.name)
        log = found.log
        tensors = Dictionary(uniqueKeysWithValues: found.tensors)
        self.storages = storages
        (self.file, self.value, self.objects) = (file, value, objects)
    }

    /// The same file with every tensor under its whole name: no dictionary opened, no prefix removed.
    func unabridged() throws(UnreadableInput) -> TorchFile {
        try TorchFile(file, value, objects, storages, .whole)
    }

    /// Returns a tensor, row-major.
    ///
    /// - Throws: `UnreadableInput` when the bytes are damaged.
    /// - Precondition: `name` is one of `names`.
    func array(_ name: String) throws(UnreadableInput) -> StoredArray {
        guard let tensor = tensors[name] else { preconditionFailure("no tensor '\(name)'") }
        let (layout, type) = (tensor.layout, tensor.storage.elementType)
        let span = layout.span.lowerBound * type.byteCount..<layout.span.upperBound * type.byteCount
        let bytes = layout.gathered(
            try self.bytes(of: tensor.storage, at: span), size: type.byteCount)
        guard let array = StoredArray(elementType: type, shape: layout.shape, bytes: bytes) else {
            preconditionFailure("\(bytes.count) bytes for \(layout)")
        }
        return array
    }

    private func bytes(
        of storage: TorchStorage, at span: Range<Int>
    ) throws(UnreadableInput) -> ArraySlice<UInt8> {
        switch storages {
        case .legacy(let file, let offsets):
            guard let start = offsets[storage.key] else {
                preconditionFailure("no storage '\(storage.key)'")
            }
            return try file.read(at: start + span.lowerBound, count: span.count)[...]
        case .archive(let archive, let entries):
            guard let entry = entries[storage.key] else {
                preconditionFailure("no storage '\(storage.key)'")
            }
            return try archive.bytes(of: entry)[span]
        }
    }
}

// MARK: Zip

extension TorchFile {
    /// The entry with the pickle of a PyTorch archive; nil when it is an archive of another kind.
    static func pickle(in archive: ZipArchive) -> ZipArchive.Entry? {
        archive.entries.first { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
    }

    /// Reads the table of contents of an archive.
    ///
    /// - Parameter pickle: the entry with the pickle.
    init(
        _ archive: ZipArchive, pickle: ZipArchive.Entry, naming: TorchNaming
    ) throws(UnreadableInput) {
        let folder = pickle.name.dropLast("data.pkl".count)
        if let order = archive.entries.first(where: { $0.name == "\(folder)byteorder" }) {
            guard try archive.bytes(of: order).elementsEqual("little".utf8) else {
                throw archive.file.error("the checkpoint is not little-endian, which is not read")
            }
        }
        guard pickle.byteCount <= PickleReader.maximumByteCount else {
            throw archive.file.error(
                "'\(Printable.quoted(pickle.name, limit: 80))' has \(pickle.byteCount) bytes")
        }
        let value: PickleValue
        let objects: PickleObjects
        let bytes = try archive.bytes(of: pickle)
        do {
            (value, objects, _) = try PickleReader.read(bytes)
        } catch {
            throw archive.file.error(error, in: pickle.name)
        }
        let data = "\(folder)data/"
        let files = archive.entries.filter { $0.name.hasPrefix(data) }
            .map { (String($0.name.dropFirst(data.count)), $0) }
        // The names of an archive's entries do not repeat.
        let entries = Dictionary(uniqueKeysWithValues: files)
        for storage in objects.storages {
            guard let entry = entries[storage.key],
                entry.byteCount == storage.count * storage.elementType.byteCount
            else {
                throw archive.file.error(
                    "storage '\(storage.key)' is missing or not of the announced size")
            }
        }
        try self.init(archive.file, value, objects, .archive(archive, entries), naming)
    }
}

// MARK: Legacy

extension TorchFile {
    /// The number that a legacy file starts with, 0x1950A86A20F9469CFC6C.
    private static let magicNumber: [UInt8] = [
        0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
    ]
    /// The version of the format, the only one there was.
    private static let formatVersion = 1001
    /// The greatest number of pickles that are looked at in a file that is no checkpoint.
    private static let maximumPickleCount = 100

    /// Reads the table of contents of a tar archive from before PyTorch 0.2.
    init(tar file: BinaryFile, naming: TorchNaming) throws(UnreadableInput) {
        let content = try TorchTar(file)
        try self.init(
            file, content.value, content.objects, .legacy(file, content.offsets), naming)
    }

    /// Reads the table of contents of a file from before PyTorch 1.6; nil when the file does not
    /// start with its magic number.
    ///
    /// - Throws: `UnreadableInput` when it is damaged, and when the file is a pickle, of whatever
    ///   program, that asks for a constructor beyond the allow-list.
    init?(legacy file: BinaryFile, naming: TorchNaming) throws(UnreadableInput) {
        let start = try file.read(at: 0, count: min(file.byteCount, PickleReader.maximumByteCount))
        var pickles = PickleSequence(file: file, bytes: start)
        do {
            let (value, _, end) = try PickleReader.read(start)
            if value != .wide(Self.magicNumber) {
                try Self.lookForRefusals(start, from: end)
                return nil
            }
        } catch {
            if error.isRefusal { throw file.error(error, in: nil) }
            return nil
        }
        _ = try pickles.next()
        guard try pickles.next().value == .integer(Self.formatVersion) else {
            throw file.error("a PyTorch file of an unknown version")
        }
        let (system, facts) = try pickles.next()
        guard
            facts.entries(system)?.last(where: { $0.key == .text("little_endian") })?.value
                == .bool(true)
        else { throw file.error("the checkpoint is not little-endian, which is not read") }
        let (value, objects) = try pickles.next()
        let (list, keys) = try pickles.next()
        let offsets = try Self.offsets(
            of: keys.elements(list)?.map(\.text) ?? [], objects.storages, from: pickles.position,
            in: file)
        try self.init(file, value, objects, .legacy(file, offsets), naming)
    }

    /// Reads the pickles behind one that starts no checkpoint, so that a constructor in them is named.
    private static func lookForRefusals(
        _ bytes: [UInt8], from start: Int
    ) throws(PickleProblem) {
        var position = start
        for _ in 0..<maximumPickleCount where position < bytes.count {
            position = try PickleReader.read(bytes, at: position).end
        }
    }

    /// The first byte of each storage.
    private static func offsets(
        of keys: [String?], _ storages: [TorchStorage], from position: Int, in file: BinaryFile
    ) throws(UnreadableInput) -> [String: Int] {
        var announced: [String: TorchStorage] = [:]
        for storage in storages {
            guard announced.updateValue(storage, forKey: storage.key) ?? storage == storage else {
                throw file.error("storage '\(storage.key)' is announced in two ways")
            }
        }
        var offsets: [String: Int] = [:]
        var position = position
        for key in keys {
            guard let key, let storage = announced.removeValue(forKey: key) else {
                throw file.error("a storage of the file belongs to no tensor")
            }
            let count = try file.read(at: position, count: 8).littleEndian64(at: 0)
            let byteCount = storage.count * storage.elementType.byteCount
            guard count == UInt64(storage.count), byteCount <= file.byteCount - position - 8 else {
                throw file.error("storage '\(key)' is cut or not of the announced size")
            }
            offsets[key] = position + 8
            position += 8 + byteCount
        }
        guard announced.isEmpty else {
            throw file.error("storages are missing: \(announced.keys.sorted().prefix(5))")
        }
        return offsets
    }
}

/// Pickles that follow each other in a file.
private struct PickleSequence {
    let file: BinaryFile
    let bytes: [UInt8]
    private(set) var position = 0

    init(file: BinaryFile, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
    }

    mutating func next() throws(UnreadableInput) -> (value: PickleValue, objects: PickleObjects) {
        do throws(PickleProblem) {
            let (value, objects, end) = try PickleReader.read(bytes, at: position)
            position = end
            return (value, objects)
        } catch {
            throw file.error(error, in: nil)
        }
    }
}
