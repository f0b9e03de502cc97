import Pipeline

/// The files of CIFAR's python versions: pickles of Python 2, each a dictionary with `data`
/// (`[n, 3072]` bytes, planes as in `CIFARRecords`) and a list of labels.
struct CIFARPickles: PackedFormat {
    /// The key of the labels.
    let labelKey: String

    /// The greatest size of a file; `train` of CIFAR-100 has 155 MB.
    static let maximumByteCount = 1 << 29

    var name: String { "cifar pickles" }

    func count(_ file: PackedFile, in folder: String) throws -> Int {
        try open(file, in: folder).labels.count
    }

    func open(_ file: PackedFile, in folder: String) throws -> PackedPictures {
        let path = "\(folder)/\(file.sources[0])"
        let (dictionary, objects, bytes) = try Self.dictionary(path)
        let fail = { (problem: String) in UnreadableInput(path: path, problem: problem) }
        guard let labels = dictionary[labelKey].flatMap({ objects.labels($0, in: bytes) }) else {
            throw fail("has no list '\(labelKey)'")
        }
        guard case .array(let index) = dictionary["data"] else { throw fail("has no array 'data'") }
        let array = objects.arrays[index]
        guard array.elementType == .uint8, !array.isColumnMajor,
            array.shape == [labels.count, CIFARRecords.pictureBytes]
        else {
            throw fail(
                "has \(labels.count) labels, but 'data' is \(array.elementType) \(array.shape)")
        }
        let storage: PackedPictures.Storage =
            switch array.content {
            case .bytes(let range): .file(try BinaryFile(path), range.lowerBound)
            default: .memory(Array(objects.content(array.content, in: bytes) ?? []))
            }
        return PackedPictures(
            labels: labels, pictureByteCount: CIFARRecords.pictureBytes, storage: storage)
    }

    func picture(_ bytes: [UInt8]) -> Picture { CIFARRecords.picture(bytes[...]) }

    /// The names of the classes, from a file of their own.
    static func classNames(_ path: String, key: String, count: Int) throws -> [String] {
        let (dictionary, objects, bytes) = try dictionary(path)
        let names = dictionary[key].flatMap(objects.elements)?
            .compactMap { objects.string($0, in: bytes) }
        guard let names, names.count == count else {
            throw UnreadableInput(
                path: path, problem: "'\(key)' has \(names?.count ?? 0) names, not \(count)")
        }
        return names
    }

    private static func dictionary(
        _ path: String
    ) throws(UnreadableInput) -> ([String: PickleValue], PickleObjects, [UInt8]) {
        let bytes = try BinaryFile.contents(of: path, limit: maximumByteCount)
        let problem: String
        do {
            let (value, objects, _) = try PickleReader.read(bytes, readsArrays: true)
            if let dictionary = objects.dictionary(value, in: bytes) {
                return (dictionary, objects, bytes)
            }
            problem = "the pickle holds no dictionary"
        } catch {
            problem = error.description(in: nil)
        }
        throw UnreadableInput(path: path, problem: problem)
    }
}
