import Pipeline

/// Operations that build containers, storages and tensors. The names in comments are those of
/// `pickletools`.
extension PickleReader {
    mutating func container(_ code: UInt8) throws(PickleProblem) -> Bool {
        switch code {
        case UInt8(ascii: "]"), 0x8F: try push(try list([]))  // EMPTY_LIST, EMPTY_SET
        case UInt8(ascii: "l"), 0x91: try push(try list(try popMark()))  // LIST, FROZENSET
        case UInt8(ascii: "a"):  // APPEND
            let value = try pop()
            try append([value])
        case UInt8(ascii: "e"), 0x90: try append(try popMark())  // APPENDS, ADDITEMS
        case UInt8(ascii: ")"): try push(try tuple([]))  // EMPTY_TUPLE
        case UInt8(ascii: "t"): try push(try tuple(try popMark()))  // TUPLE
        case 0x85, 0x86, 0x87:  // TUPLE1, TUPLE2, TUPLE3
            var elements: [PickleValue] = []
            for _ in 0..<Int(code - 0x84) { elements.insert(try pop(), at: 0) }
            try push(try tuple(elements))
        case UInt8(ascii: "}"): try push(dictionary())  // EMPTY_DICT
        case UInt8(ascii: "d"):  // DICT
            let items = try popMark()
            try push(dictionary())
            try set(items)
        case UInt8(ascii: "s"):  // SETITEM
            let value = try pop()
            try set([try pop(), value])
        case UInt8(ascii: "u"): try set(try popMark())  // SETITEMS
        default: return false
        }
        return true
    }

    private mutating func list(_ elements: [PickleValue]) throws(PickleProblem) -> PickleValue {
        try account(elements.count)
        objects.sequences.append(elements)
        return .list(objects.sequences.count - 1)
    }

    private mutating func tuple(_ elements: [PickleValue]) throws(PickleProblem) -> PickleValue {
        try account(elements.count)
        objects.sequences.append(elements)
        return .tuple(objects.sequences.count - 1)
    }

    private mutating func dictionary() -> PickleValue {
        objects.dictionaries.append([])
        return .dictionary(objects.dictionaries.count - 1)
    }

    private mutating func append(_ values: [PickleValue]) throws(PickleProblem) {
        if case .inert = try top() { return }
        guard case .list(let index) = try top() else { throw problem("appends to no list") }
        try account(values.count)
        objects.sequences[index] += values
    }

    private mutating func set(_ items: [PickleValue]) throws(PickleProblem) {
        if case .inert = try top(), items.count.isMultiple(of: 2) { return }
        guard case .dictionary(let index) = try top(), items.count.isMultiple(of: 2) else {
            throw problem("sets items of no dictionary")
        }
        try account(items.count)
        for first in stride(from: 0, to: items.count, by: 2) {
            objects.dictionaries[index].append((items[first], items[first + 1]))
        }
    }

    // MARK: Constructors

    mutating func object(_ code: UInt8) throws(PickleProblem) -> Bool {
        switch code {
        case UInt8(ascii: "c"):  // GLOBAL
            let module = try textLine()
            try push(.constructor(try constructor(module, try textLine())))
        case 0x93:  // STACK_GLOBAL
            let (name, module) = (try pop(), try pop())
            guard let module = module.text, let name = name.text else {
                throw problem("a constructor without name")
            }
            try push(.constructor(try constructor(module, name)))
        case UInt8(ascii: "i"):  // INST
            let module = try textLine()
            let target = try constructor(module, try textLine())
            try push(try build(.constructor(target), try popMark()))
        case UInt8(ascii: "o"):  // OBJ
            let parts = try popMark()
            guard let target = parts.first else { throw problem("a constructor without name") }
            try push(try build(target, Array(parts.dropFirst())))
        case UInt8(ascii: "R"), 0x81:  // REDUCE, NEWOBJ
            let arguments = try arguments()
            try push(try build(try pop(), arguments, isNew: code == 0x81))
        case 0x92:  // NEWOBJ_EX
            guard case .dictionary = try pop() else { throw problem("no arguments") }
            let arguments = try arguments()
            try push(try build(try pop(), arguments, isNew: true))
        case UInt8(ascii: "b"):  // BUILD: attributes of an ordered dictionary, `_metadata`
            let state = try pop()
            if try setArrayState(state) { break }
            switch try top() {
            case .dictionary, .inert: break
            default: throw problem("refuses to set a state")
            }
        case UInt8(ascii: "Q"): try push(try external(try pop()))  // BINPERSID
        case UInt8(ascii: "P"): try push(try external(.text(try textLine())))  // PERSID
        default: return false
        }
        return true
    }

    private mutating func arguments() throws(PickleProblem) -> [PickleValue] {
        guard case .tuple(let index) = try pop() else { throw problem("no arguments") }
        return objects.sequences[index]
    }

    private mutating func constructor(
        _ module: String, _ name: String
    ) throws(PickleProblem) -> PickleConstructor {
        if let found = PickleConstructor(module: module, name: name) { return found }
        if readsArrays, let found = NumpyConstructor(module: module, name: name) {
            return .numpy(found)
        }
        let isShort =
            module.utf8.count + name.utf8.count <= InertGlobals.maximumNameByteCount
        let trust = isShort ? InertGlobals.trust(module: module, name: name) : nil
        guard !readsArrays, let trust else { throw refusal("\(module).\(name)", at: start) }
        let place = objects.place(ofInert: "\(module).\(name)")
        switch trust {
        case .listed: return .inert(place)
        case .own: return .own(place, offset: start)
        }
    }

    private func refusal(_ name: String, at offset: Int) -> PickleProblem {
        PickleProblem(
            text: "refuses to build '\(Printable.quoted(name, limit: 200))'", offset: offset,
            isRefusal: true)
    }

    /// - Parameter isNew: whether an object is made of a class, which for a class of somebody's own is
    ///   stepped over; a call of it as of a function is refused, but for the harmless.
    private mutating func build(
        _ target: PickleValue, _ arguments: [PickleValue], isNew: Bool = false
    ) throws(PickleProblem) -> PickleValue {
        guard case .constructor(let constructor) = target else {
            throw problem("refuses to call what is no constructor")
        }
        switch constructor {
        case .inert(let place): return stepOver(place, arguments)
        case .own(let place, let offset):
            let name = objects.inertNames[place]
            guard isNew || InertGlobals.isPlainCall(name, arguments) else {
                throw refusal(name, at: offset)
            }
            return objects.stepOver(place)
        case .orderedDictionary: return try orderedDictionary(arguments)
        case .defaultDictionary:
            let result = dictionary()
            if case .dictionary(let index) = result {
                objects.defaultDictionaries[index] = objects.place(
                    ofInert: "collections.defaultdict")
            }
            return result
        case .set where arguments.count <= 1:
            return try list(arguments.first.flatMap(objects.elements) ?? [])
        case .size where arguments.count == 1:
            guard let extents = objects.elements(arguments[0]) else { break }
            return try tuple(extents)
        case .rebuildParameter(let count) where arguments.count == count:
            if case .tensor = arguments[0] { return arguments[0] }
            if case .inert = arguments[0] { return arguments[0] }
        case .rebuildFromType where arguments.count == 4:
            guard case .tuple(let index) = arguments[2],
                arguments[0] != .constructor(.rebuildFromType)
            else { break }
            return try build(arguments[0], objects.sequences[index])
        case .rebuildTensor(let counts) where counts.contains(arguments.count):
            return try tensor(arguments)
        case .numpy(let constructor):
            if let value = try build(constructor, arguments) { return value }
        default: break
        }
        throw problem("damaged arguments of a constructor")
    }

    /// Steps over an object; of one that a general function makes, the class is an argument.
    private mutating func stepOver(_ place: Int, _ arguments: [PickleValue]) -> PickleValue {
        let isGeneral = objects.inertNames[place].hasPrefix("copy")
        switch isGeneral ? arguments.first : nil {
        case .constructor(.inert(let own)), .constructor(.own(let own, _)):
            return objects.stepOver(own)
        default: return objects.stepOver(place)
        }
    }

    /// Nothing, or pairs as Python 2 writes them.
    private mutating func orderedDictionary(
        _ arguments: [PickleValue]
    ) throws(PickleProblem) -> PickleValue {
        let result = dictionary()
        guard let pairs = arguments.first else { return result }
        guard arguments.count == 1, case .dictionary(let index) = result,
            let pairs = objects.elements(pairs)
        else { throw problem("damaged arguments of a dictionary") }
        try account(2 * pairs.count)
        for pair in pairs {
            guard let pair = objects.elements(pair), pair.count == 2 else {
                throw problem("damaged arguments of a dictionary")
            }
            objects.dictionaries[index].append((pair[0], pair[1]))
        }
        return result
    }

    /// What lies outside the pickle: a storage that is described in place or, in tar archives, a storage
    /// or tensor by key.
    private mutating func external(_ value: PickleValue) throws(PickleProblem) -> PickleValue {
        guard let externals else { return try storage(value) }
        let key = value.text ?? value.integer.map { "\($0)" }
        switch key.flatMap({ externals[$0] }) {
        case .storage(let storage):
            objects.storages.append(storage)
            return .storage(objects.storages.count - 1)
        case .tensor(let tensor):
            objects.tensors.append(tensor)
            return .tensor(objects.tensors.count - 1)
        case nil: return try storage(value)
        }
    }

    /// `('storage', type, key, place, count)`; older files add a view, which only None is read of.
    private mutating func storage(_ value: PickleValue) throws(PickleProblem) -> PickleValue {
        guard case .tuple(let index) = value else { throw problem("a damaged storage") }
        let parts = objects.sequences[index]
        guard (5...6).contains(parts.count), parts[0] == .text("storage"),
            case .constructor(let constructor) = parts[1], let key = parts[2].text,
            key.utf8.count <= Self.maximumKeyByteCount, let count = parts[4].integer
        else { throw problem("a damaged storage") }
        if constructor == .unreadStorage {
            return objects.stepOver(objects.place(ofInert: "torch.UntypedStorage"))
        }
        guard case .storage(let type) = constructor, StoredArray.byteCount(type, [count]) != nil
        else { throw problem("a damaged storage") }
        guard parts.count == 5 || parts[5] == .none else {
            throw problem("a storage that is a view of another, which is not read,")
        }
        objects.storages.append(TorchStorage(key: key, elementType: type, count: count))
        return .storage(objects.storages.count - 1)
    }

    /// `(storage, offset, shape, strides, …)`.
    private mutating func tensor(_ parts: [PickleValue]) throws(PickleProblem) -> PickleValue {
        var first = parts[0]
        // Some tar archives have the description of a storage where later formats refer to it.
        if externals != nil, case .tuple = first { first = try storage(first) }
        if case .inert = first { return first }
        guard case .storage(let index) = first, let offset = parts[1].integer,
            let shape = objects.integers(parts[2]), let strides = objects.integers(parts[3])
        else { throw problem("a damaged tensor") }
        let storage = objects.storages[index]
        guard
            let layout = StridedLayout(
                offset: offset, shape: shape, strides: strides, in: storage)
        else { throw problem("a tensor that reaches beyond its storage") }
        objects.tensors.append(TorchTensor(storage: storage, layout: layout))
        return .tensor(objects.tensors.count - 1)
    }
}
