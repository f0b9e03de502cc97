import CMatio
public import Pipeline

/// A value of a MATLAB file. Arrays are column-major, as MATLAB keeps them.
public enum MATValue: Sendable, Hashable {
    /// Numbers of any class but 8-bit integers.
    case numbers(shape: [Int], [Double])
    /// Unsigned 8-bit integers and truth values.
    case bytes(shape: [Int], [UInt8])
    /// A row of characters.
    case text(String)
    /// Cells, each with its own value.
    case cells(shape: [Int], [MATValue])
    /// Structures with the same fields.
    case structures(shape: [Int], fields: [String], [[String: MATValue]])
    /// A value of a class that no annotation file needs: sparse or complex numbers, functions,
    /// objects.
    case other

    /// The number of a value that holds exactly one; nil for every other.
    public var number: Double? {
        switch self {
        case .numbers(_, let values): values.count == 1 ? values[0] : nil
        case .bytes(_, let values): values.count == 1 ? Double(values[0]) : nil
        default: nil
        }
    }

    /// The whole number of a value that holds exactly one; nil for every other.
    public var integer: Int? { number.flatMap { Int(exactly: $0) } }

    /// The text of a row of characters; nil for every other value. A cell that holds one counts.
    public var text: String? {
        switch self {
        case .text(let text): text
        case .cells(_, let cells): cells.count == 1 ? cells[0].text : nil
        default: nil
        }
    }

    /// All numbers, by columns; nil when there are none.
    public var numbers: [Double]? {
        switch self {
        case .numbers(_, let values): values
        case .bytes(_, let values): values.map(Double.init)
        default: nil
        }
    }
}

/// Variables of a MATLAB file of version 4, 5, 6 or 7, read through libmatio.
///
/// Sizes are checked against the limits before a variable's content is read. Files of version 7.3 are
/// HDF5 and refused, because that library is reached in one place alone (`Pipeline/HDF5`).
public struct MATFile: Sendable {
    /// The greatest size of a variable in bytes; SVHN's extra pictures would need 1.6 GB.
    public static let maximumByteCount = 1 << 31
    /// The greatest number of values in all cells and fields of a variable.
    public static let maximumValueCount = 1 << 21
    /// How deep cells and structures may be nested.
    public static let maximumDepth = 16

    /// Set once, for libmatio keeps it in a global variable.
    private static let isSilent = hide_mat_stay_silent() == 0

    /// The file.
    public let path: String

    /// Names a file; nothing is read yet.
    public init(_ path: String) { self.path = path }

    /// Reads one variable.
    ///
    /// - Throws: `UnreadableInput` when the file is missing, damaged or of version 7.3, when it lacks
    ///   the variable, or when the variable is beyond the limits.
    public func variable(_ name: String) throws(UnreadableInput) -> MATValue {
        guard let value = try variables([name])[name] else {
            throw failure("has no variable '\(name)'")
        }
        return value
    }

    /// Reads the variables of these names that the file has; nil for all.
    ///
    /// - Throws: `UnreadableInput` like `variable(_:)`, but for what is missing.
    public func variables(_ names: Set<String>?) throws(UnreadableInput) -> [String: MATValue] {
        try checkVersion()
        guard Self.isSilent,
            let file = Mat_Open(path, Int32(MAT_ACC_RDONLY.rawValue))
        else { throw failure("is no MATLAB file, or damaged") }
        defer { Mat_Close(file) }
        var found: [String: MATValue] = [:]
        var count = 0
        while let variable = Mat_VarReadNextInfo(file) {
            defer { Mat_VarFree(variable) }
            count += 1
            guard count <= 10_000 else { throw failure("has too many variables") }
            guard let label = variable.pointee.name else { continue }
            let name = String(cString: label)
            guard names?.contains(name) ?? true, found[name] == nil else { continue }
            var budget = Budget()
            try budget.check(variable.pointee, name, self)
            guard Mat_VarReadDataAll(file, variable) == 0 else {
                throw failure("variable '\(name)' is damaged")
            }
            found[name] = try value(variable, name, &budget, depth: 0)
        }
        return found
    }

    /// Looks at the head of the file, so that libmatio meets no format but its own.
    private func checkVersion() throws(UnreadableInput) {
        let file = try BinaryFile(path)
        let head = try file.read(at: 0, count: min(file.byteCount, 128))
        if head.starts(with: [0x89] + Array("HDF".utf8)) || head.starts(with: "MATLAB 7.3".utf8) {
            throw failure("is a MATLAB file of version 7.3, which is not read")
        }
        guard head.count >= 20 else { throw failure("is no MATLAB file, or cut") }
        guard head.count == 128, head[126...127].elementsEqual("IM".utf8) else { return }
        guard head[125] != 2 else {
            throw failure("is a MATLAB file of version 7.3, which is not read")
        }
        guard head[125] == 1 else {
            throw failure(
                "is a MATLAB file of version \(head[125]).\(head[124]), which is not read")
        }
    }

    fileprivate func failure(_ problem: String) -> UnreadableInput {
        UnreadableInput(path: path, problem: problem)
    }

    /// What a variable may take yet.
    fileprivate struct Budget {
        var byteCount = MATFile.maximumByteCount
        var valueCount = MATFile.maximumValueCount

        /// Counts an array, before its content is touched.
        mutating func check(
            _ array: matvar_t, _ name: String, _ file: MATFile
        ) throws(UnreadableInput) {
            guard let shape = array.shape else {
                throw file.failure("variable '\(name)' has a damaged shape")
            }
            let isNested = array.class_type == MAT_C_CELL || array.class_type == MAT_C_STRUCT
            let size = isNested ? 1 : max(Int(array.data_size), 1)
            var bytes = size
            for extent in shape {
                let (product, overflows) = bytes.multipliedReportingOverflow(by: extent)
                guard !overflows else { throw file.failure("variable '\(name)' is too large") }
                bytes = product
            }
            if isNested { valueCount -= bytes } else { byteCount -= bytes }
            guard valueCount >= 0, byteCount >= 0 else {
                throw file.failure("variable '\(name)' is too large")
            }
        }
    }
}

// MARK: Values

extension MATFile {
    private func value(
        _ pointer: UnsafeMutablePointer<matvar_t>, _ name: String, _ budget: inout Budget,
        depth: Int
    ) throws(UnreadableInput) -> MATValue {
        let array = pointer.pointee
        guard depth <= Self.maximumDepth else { throw failure("variable '\(name)' is too deep") }
        if depth > 0 { try budget.check(array, name, self) }
        guard let shape = array.shape else {
            throw failure("variable '\(name)' has a damaged shape")
        }
        if array.isComplex != 0 { return .other }
        let count = shape.reduce(1, *)
        switch array.class_type {
        case MAT_C_CELL:
            return .cells(
                shape: shape, try elements(array, count, name, &budget, depth: depth))
        case MAT_C_STRUCT:
            return try structures(pointer, shape, name, &budget, depth: depth)
        case MAT_C_CHAR: return text(array, count) ?? .other
        case MAT_C_UINT8: return try .bytes(shape: shape, numbers(array, UInt8.self, count, name))
        default:
            guard let values = try numbers(array, count, name) else { return .other }
            return .numbers(shape: shape, values)
        }
    }

    /// The values that an array of pointers leads to.
    private func elements(
        _ array: matvar_t, _ count: Int, _ name: String, _ budget: inout Budget, depth: Int
    ) throws(UnreadableInput) -> [MATValue] {
        if count == 0 { return [] }
        let pointerSize = MemoryLayout<UnsafeMutablePointer<matvar_t>?>.size
        guard let data = array.data, array.nbytes / pointerSize >= count else {
            throw failure("variable '\(name)' is damaged")
        }
        let pointers = data.assumingMemoryBound(to: UnsafeMutablePointer<matvar_t>?.self)
        var values: [MATValue] = []
        values.reserveCapacity(count)
        for index in 0..<count {
            guard let pointer = pointers[index] else {
                values.append(.other)
                continue
            }
            values.append(try value(pointer, name, &budget, depth: depth + 1))
        }
        return values
    }

    private func structures(
        _ pointer: UnsafeMutablePointer<matvar_t>, _ shape: [Int], _ name: String,
        _ budget: inout Budget, depth: Int
    ) throws(UnreadableInput) -> MATValue {
        let fieldCount = Int(Mat_VarGetNumberOfFields(pointer))
        let names = Mat_VarGetStructFieldnames(pointer)
        let fields = (0..<fieldCount).map { index in
            names?[index].map { String(cString: $0) } ?? ""
        }
        let (count, overflows) = shape.reduce(1, *).multipliedReportingOverflow(by: fieldCount)
        guard !overflows, count <= Self.maximumValueCount else {
            throw failure("variable '\(name)' is too large")
        }
        let values = try elements(pointer.pointee, count, name, &budget, depth: depth)
        let rows = stride(from: 0, to: count, by: max(fieldCount, 1)).map { start in
            Dictionary(
                zip(fields, values[start..<start + fieldCount]),
                uniquingKeysWith: { first, _ in first })
        }
        return .structures(shape: shape, fields: fields, rows)
    }

    /// A row of characters; nil for characters in several rows and for damaged ones.
    private func text(_ array: matvar_t, _ count: Int) -> MATValue? {
        if count == 0 { return .text("") }
        guard let data = array.data, array.rank == 2, array.dims[0] == 1,
            array.nbytes >= count * Int(max(array.data_size, 1))
        else { return nil }
        switch array.data_type {
        case MAT_T_UINT16, MAT_T_UTF16:
            let units = UnsafeRawBufferPointer(start: data, count: 2 * count)
            let text = (0..<count).map {
                units.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)
            }
            return .text(String(decoding: text, as: UTF16.self))
        case MAT_T_UINT8, MAT_T_INT8, MAT_T_UTF8:
            // libmatio keeps a byte a character, and tells the bytes of longer ones in `nbytes`.
            let bytes = UnsafeRawBufferPointer(start: data, count: Int(array.nbytes))
            return .text(String(decoding: bytes, as: UTF8.self))
        default: return nil
        }
    }

    /// The numbers of an array; nil when its class is none of numbers.
    private func numbers(
        _ array: matvar_t, _ count: Int, _ name: String
    ) throws(UnreadableInput) -> [Double]? {
        switch array.class_type {
        case MAT_C_DOUBLE: try numbers(array, Double.self, count, name)
        case MAT_C_SINGLE: try numbers(array, Float.self, count, name).map(Double.init)
        case MAT_C_INT8: try numbers(array, Int8.self, count, name).map(Double.init)
        case MAT_C_INT16: try numbers(array, Int16.self, count, name).map(Double.init)
        case MAT_C_UINT16: try numbers(array, UInt16.self, count, name).map(Double.init)
        case MAT_C_INT32: try numbers(array, Int32.self, count, name).map(Double.init)
        case MAT_C_UINT32: try numbers(array, UInt32.self, count, name).map(Double.init)
        case MAT_C_INT64: try numbers(array, Int64.self, count, name).map(Double.init)
        case MAT_C_UINT64: try numbers(array, UInt64.self, count, name).map(Double.init)
        default: nil
        }
    }

    private func numbers<Number: BitwiseCopyable>(
        _ array: matvar_t, _: Number.Type, _ count: Int, _ name: String
    ) throws(UnreadableInput) -> [Number] {
        if count == 0 { return [] }
        let size = MemoryLayout<Number>.size
        guard let data = array.data, Int(array.data_size) == size,
            Int(array.nbytes) >= count * size
        else { throw failure("variable '\(name)' is damaged") }
        return [Number](unsafeUninitializedCapacity: count) { buffer, initializedCount in
            UnsafeMutableRawBufferPointer(buffer).copyMemory(
                from: UnsafeRawBufferPointer(start: data, count: count * size))
            initializedCount = count
        }
    }
}

extension matvar_t {
    /// The extent of each axis; nil when it is damaged.
    fileprivate var shape: [Int]? {
        guard rank >= 1, rank <= 32, let dims else { return nil }
        let extents = (0..<Int(rank)).compactMap { Int(exactly: dims[$0]) }
        return extents.count == Int(rank) ? extents : nil
    }
}
