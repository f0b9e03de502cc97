import Pipeline

/// A pickle that is damaged, uses what is not read, or asks for what is refused.
struct PickleProblem: Error {
    let text: String
    /// The position of the operation, in bytes from the start.
    let offset: Int
    /// Whether the problem is a constructor beyond the allow-list.
    var isRefusal = false

    /// What to do about a constructor that is refused.
    static let hint =
        "where you trust the file, save only its weights: torch.save(model.state_dict(), PATH)"

    /// `the problem at byte 12 of 'data.pkl'`.
    func description(in entry: String?) -> String {
        "\(text) at byte \(offset)"
            + (entry.map { " of '\(Printable.quoted($0, limit: 80))'" } ?? "")
    }
}

extension BinaryFile {
    /// The error for a pickle in this file.
    ///
    /// - Parameter entry: the part of the file, where it has parts.
    func error(_ problem: PickleProblem, in entry: String?) -> UnreadableInput {
        UnreadableInput(
            path: path, problem: problem.description(in: entry),
            hint: problem.isRefusal ? PickleProblem.hint : nil)
    }
}

/// Reads one pickle, of protocols 0 to 5, into values. It has no way to call anything: names resolve
/// to `PickleConstructor` alone. What programs leave beside their weights (`InertGlobals`) is stepped
/// over with its state; every other name, and extensions, are refused.
///
/// The operations are those of Python's `pickletools`.
struct PickleReader {
    /// The greatest length of a pickle in bytes.
    static let maximumByteCount = 1 << 24
    /// The greatest number of operations.
    static let maximumOperationCount = 1 << 22
    /// The greatest number of values on the stack, marks, and values in the memo.
    static let maximumStackCount = 1 << 20
    /// The greatest number of elements in all containers, which may be copied from one to another.
    static let maximumElementCount = 1 << 22
    /// The greatest length of the key of a storage in bytes.
    static let maximumKeyByteCount = 256
    /// The greatest length of a line of the text protocol in bytes.
    static let maximumLineByteCount = 1 << 16

    let bytes: [UInt8]
    /// The next byte.
    var position: Int
    /// The byte at which the operation in progress started.
    var start: Int
    var stack: [PickleValue] = []
    /// Heights of the stack at which marks were set.
    var marks: [Int] = []
    var memo: [Int: PickleValue] = [:]
    var objects = PickleObjects()
    /// What lies outside the pickle, by key; nil where the pickle itself describes its storages.
    let externals: [String: External]?
    /// Whether NumPy arrays are built too, which no checkpoint holds.
    let readsArrays: Bool
    private var elementCount = 0
    /// The length of all blobs.
    var blobByteCount = 0
    /// The result, once the pickle has ended.
    var result: PickleValue?

    /// Something that a pickle refers to.
    enum External: Sendable {
        case storage(TorchStorage)
        case tensor(TorchTensor)
    }

    private init(
        _ bytes: [UInt8], at position: Int, readsArrays: Bool, externals: [String: External]?
    ) {
        self.bytes = bytes
        self.externals = externals
        self.readsArrays = readsArrays
        self.position = position
        start = position
    }

    /// Reads the pickle that starts at a position; afterwards `position` is behind it.
    static func read(
        _ bytes: [UInt8], at position: Int = 0, readsArrays: Bool = false,
        externals: [String: External]? = nil
    ) throws(PickleProblem) -> (value: PickleValue, objects: PickleObjects, end: Int) {
        var reader = PickleReader(
            bytes, at: position, readsArrays: readsArrays, externals: externals)
        for _ in 0..<maximumOperationCount {
            try reader.step()
            if let value = reader.result { return (value, reader.objects, reader.position) }
        }
        throw reader.problem("more than \(maximumOperationCount) operations")
    }

    private mutating func step() throws(PickleProblem) {
        start = position
        let code = try byte()
        if try control(code) { return }
        if try scalar(code) { return }
        if try text(code) { return }
        if try container(code) { return }
        if try object(code) { return }
        throw problem("the operation \(code) is not one of a checkpoint")
    }

    func problem(_ text: String, isRefusal: Bool = false) -> PickleProblem {
        PickleProblem(text: text, offset: start, isRefusal: isRefusal)
    }

    /// Counts elements that a container takes in.
    mutating func account(_ count: Int) throws(PickleProblem) {
        elementCount += count
        guard elementCount <= Self.maximumElementCount else { throw problem("too many elements") }
    }

    // MARK: Bytes

    mutating func take(_ count: Int) throws(PickleProblem) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - position else {
            throw problem("the pickle ends within the operation")
        }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func byte() throws(PickleProblem) -> UInt8 {
        guard let byte = try take(1).first else { throw problem("the pickle ends") }
        return byte
    }

    /// A little-endian number without sign; above all lengths when it does not fit.
    mutating func number(_ byteCount: Int) throws(PickleProblem) -> Int {
        let value = try take(byteCount).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int(clamping: value)
    }

    /// The bytes up to the next line feed, which is skipped.
    mutating func line() throws(PickleProblem) -> ArraySlice<UInt8> {
        let window = bytes[position...].prefix(Self.maximumLineByteCount)
        guard let end = window.firstIndex(of: 0x0A) else { throw problem("a line without end") }
        defer { position = end + 1 }
        return bytes[position..<end]
    }

    mutating func textLine() throws(PickleProblem) -> String {
        String(decoding: try line(), as: UTF8.self)
    }

    // MARK: Stack

    mutating func push(_ value: PickleValue) throws(PickleProblem) {
        guard stack.count < Self.maximumStackCount else { throw problem("the stack overflows") }
        stack.append(value)
    }

    mutating func pop() throws(PickleProblem) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw problem("the stack is empty")
        }
        return value
    }

    func top() throws(PickleProblem) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.last else {
            throw problem("the stack is empty")
        }
        return value
    }

    /// Removes the last mark and the values above it.
    mutating func popMark() throws(PickleProblem) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw problem("a mark is missing") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    mutating func remember(_ index: Int?) throws(PickleProblem) {
        guard let index, index >= 0, memo.count < Self.maximumStackCount else {
            throw problem("the memo overflows")
        }
        memo[index] = try top()
    }

    mutating func recall(_ index: Int?) throws(PickleProblem) {
        guard let index, let value = memo[index] else {
            throw problem("the memo has no such value")
        }
        try push(value)
    }
}
