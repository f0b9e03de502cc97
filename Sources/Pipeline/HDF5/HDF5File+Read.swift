import CHDF5

extension HDF5File {
    /// Reads a dataset.
    ///
    /// - Returns: its shape (empty for a scalar) and elements, row-major.
    /// - Throws: also for types that `TypedArray` cannot hold (compound, reference, complex).
    package func read(_ path: String) throws(HDF5Error) -> TypedArray {
        try withObject(path) { (object) throws(HDF5Error) in
            let operation = "read dataset '\(path)'"
            try checkStorage(object, operation)
            let type = HDF5Handle(try check(H5Dget_type(object), operation), close: H5Tclose)
            let space = HDF5Handle(try check(H5Dget_space(object), operation), close: H5Sclose)
            let reader = HDF5Reader(
                file: self, operation: operation,
                read: { H5Dread(object, $0, hide_h5_all(), hide_h5_all(), hide_h5_default(), $1) })
            return try reader.array(type: type.id, space: space.id)
        }
    }

    /// The shape of a dataset, without reading it.
    package func shape(of path: String) throws(HDF5Error) -> [Int] {
        try withObject(path) { (object) throws(HDF5Error) in
            let operation = "read the shape of dataset '\(path)'"
            try checkStorage(object, operation)
            let space = HDF5Handle(try check(H5Dget_space(object), operation), close: H5Sclose)
            return try shape(ofSpace: space.id, operation)
        }
    }

    /// Refuses a dataset whose elements lie in other files, or in a form that needs foreign code.
    private func checkStorage(_ object: hid_t, _ operation: String) throws(HDF5Error) {
        guard H5Iget_type(object) == H5I_DATASET else {
            throw HDF5Error(file: path, operation: operation, problem: "it is no dataset")
        }
        var (name, unused) = ("", "")
        let kind = HDF5Library.texts(&name, &unused) { text, _, capacity in
            hide_h5_storage(object, text, capacity)
        }
        let problem: String
        switch Int(try check(kind, operation)) {
        case HIDE_H5_INSIDE: return
        case HIDE_H5_OUTSIDE:
            problem = "its elements lie in the file '\(name)', which is not opened"
        case HIDE_H5_VIRTUAL:
            problem = "it is put together from other datasets ('\(name)'), which are not opened"
        default: problem = "it needs the filter \(name), which is not loaded"
        }
        throw HDF5Error(file: path, operation: operation, problem: problem)
    }

    /// The attributes of a group or dataset, by name: scalars, text, booleans, or arrays of these,
    /// nested by axis; an attribute without content is null.
    package func attributes(of path: String = "/") throws(HDF5Error) -> [String: Value] {
        try withObject(path) { (object) throws(HDF5Error) in
            var values: [String: Value] = [:]
            let count = try check(H5Aget_num_attrs(object), "list attributes of '\(path)'")
            for index in 0..<hsize_t(count) {
                let attribute = HDF5Handle(
                    try check(
                        H5Aopen_by_idx(
                            object, ".", H5_INDEX_NAME, H5_ITER_INC, index, hide_h5_default(),
                            hide_h5_default()), "open an attribute of '\(path)'"),
                    close: H5Aclose)
                let name = try attributeName(attribute.id, of: path)
                values[name] = try value(
                    of: attribute.id, "read attribute '\(name)' of '\(path)'")
            }
            return values
        }
    }

    /// The extents of a data space; `[0]` for the null space.
    func shape(ofSpace space: hid_t, _ operation: String) throws(HDF5Error) -> [Int] {
        if H5Sget_simple_extent_type(space) == H5S_NULL { return [0] }
        let rank = Int(try check(H5Sget_simple_extent_ndims(space), operation))
        var extents = [hsize_t](repeating: 0, count: rank)
        let status = extents.withUnsafeMutableBufferPointer {
            H5Sget_simple_extent_dims(space, $0.baseAddress, nil)
        }
        try check(status, operation)
        return try extents.map { (extent) throws(HDF5Error) in
            if let extent = Int(exactly: extent) { return extent }
            throw HDF5Error(file: path, operation: operation, problem: "an extent of \(extent)")
        }
    }

    private func attributeName(_ attribute: hid_t, of path: String) throws(HDF5Error) -> String {
        let operation = "list attributes of '\(path)'"
        let length = try check(H5Aget_name(attribute, 0, nil), operation)
        var bytes = [CChar](repeating: 0, count: length + 1)
        let written = bytes.withUnsafeMutableBufferPointer {
            H5Aget_name(attribute, $0.count, $0.baseAddress)
        }
        try check(written, operation)
        return String(decoding: bytes.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func value(of attribute: hid_t, _ operation: String) throws(HDF5Error) -> Value {
        let type = HDF5Handle(try check(H5Aget_type(attribute), operation), close: H5Tclose)
        let space = HDF5Handle(try check(H5Aget_space(attribute), operation), close: H5Sclose)
        if H5Sget_simple_extent_type(space.id) == H5S_NULL { return .null }
        let reader = HDF5Reader(
            file: self, operation: operation, read: { H5Aread(attribute, $0, $1) })
        let array = try reader.array(type: type.id, space: space.id)
        let isBoolean = H5Tget_class(type.id) == H5T_ENUM
        return Self.nested(array.shape[...], Self.scalars(array.elements, isBoolean)[...])
    }

    private static func scalars(_ elements: TypedArray.Elements, _ isBoolean: Bool) -> [Value] {
        switch elements {
        case .float32(let values): values.map { .real(Double($0)) }
        case .float64(let values): values.map { .real($0) }
        case .int64(let values): values.map { .integer(Int($0)) }
        case .uint8(let values):
            values.map { isBoolean ? .bool($0 != 0) : .integer(Int($0)) }
        case .text(let values): values.map { .string($0) }
        }
    }

    private static func nested(_ shape: ArraySlice<Int>, _ values: ArraySlice<Value>) -> Value {
        guard let extent = shape.first else { return values.first ?? .null }
        let rest = shape.dropFirst()
        let stride = rest.reduce(1, *)
        return .array(
            (0..<extent).map { index in
                let start = values.startIndex + index * stride
                return nested(rest, values[start..<start + stride])
            })
    }
}

/// Reads the elements of a dataset or an attribute, which differ in the call alone.
private struct HDF5Reader {
    let file: HDF5File
    let operation: String
    /// Reads everything as the given type in memory.
    let read: (hid_t, UnsafeMutableRawPointer?) -> herr_t

    func array(type: hid_t, space: hid_t) throws(HDF5Error) -> TypedArray {
        let shape = try file.shape(ofSpace: space, operation)
        let count = try checkedCount(shape, elementBytes: Self.memoryBytes(of: type))
        return TypedArray(shape: shape, try elements(type: type, space: space, count: count))
    }

    /// The bytes of an element as it is read.
    private static func memoryBytes(of type: hid_t) -> Int {
        let size = H5Tget_size(type)
        switch H5Tget_class(type) {
        case H5T_FLOAT: return size <= 4 ? 4 : 8
        case H5T_INTEGER: return size == 1 && H5Tget_sign(type) == H5T_SGN_NONE ? 1 : 8
        default: return max(size, 16)
        }
    }

    /// The number of elements, checked before anything of their size is allocated. Also of an empty
    /// array the other extents have a bearable product.
    private func checkedCount(_ shape: [Int], elementBytes: Int) throws(HDF5Error) -> Int {
        var bytes = elementBytes
        for extent in shape where extent != 0 {
            let (product, overflows) = bytes.multipliedReportingOverflow(by: extent)
            guard !overflows, product <= file.byteLimit else {
                throw HDF5Error(
                    file: file.path, operation: operation,
                    problem: "shape \(shape) is more than the limit of \(file.byteLimit) bytes")
            }
            bytes = product
        }
        return shape.contains(0) ? 0 : shape.reduce(1, *)
    }

    private func elements(
        type: hid_t, space: hid_t, count: Int
    ) throws(HDF5Error) -> TypedArray.Elements {
        let size = H5Tget_size(type)
        switch H5Tget_class(type) {
        case H5T_FLOAT where size <= 4:
            return .float32(try fill(count, Float(0), as: hide_h5_native_float()))
        case H5T_FLOAT:
            return .float64(try fill(count, 0.0, as: hide_h5_native_double()))
        case H5T_INTEGER where size == 1 && H5Tget_sign(type) == H5T_SGN_NONE:
            return .uint8(try fill(count, UInt8(0), as: hide_h5_native_uint8()))
        case H5T_INTEGER:
            return .int64(try fill(count, Int64(0), as: hide_h5_native_int64()))
        case H5T_ENUM where size == 1:
            // Booleans as h5py stores them: an enumeration over one byte, FALSE 0 and TRUE 1.
            return .uint8(try fill(count, UInt8(0), as: type))
        case H5T_STRING where H5Tis_variable_str(type) > 0:
            return .text(try variableText(count, type: type, space: space))
        case H5T_STRING:
            return .text(try fixedText(count, type: type, size: size))
        default:
            throw HDF5Error(
                file: file.path, operation: operation, problem: "unsupported element type")
        }
    }

    private func fill<Element>(
        _ count: Int, _ zero: Element, as type: hid_t
    ) throws(HDF5Error) -> [Element] {
        var values = [Element](repeating: zero, count: count)
        if count == 0 { return values }
        let status = values.withUnsafeMutableBytes { read(type, $0.baseAddress) }
        try file.check(status, operation)
        return values
    }

    private func fixedText(_ count: Int, type: hid_t, size: Int) throws(HDF5Error) -> [String] {
        let bytes = try fill(count * size, UInt8(0), as: type)
        let padding: UInt8 = H5Tget_strpad(type) == H5T_STR_SPACEPAD ? 32 : 0
        return (0..<count).map { index in
            var text = bytes[(index * size)..<((index + 1) * size)]
            if padding == 0 { text = text.prefix { $0 != 0 } }
            while text.last == padding { text.removeLast() }
            return String(decoding: text, as: UTF8.self)
        }
    }

    private func variableText(
        _ count: Int, type: hid_t, space: hid_t
    ) throws(HDF5Error) -> [String] {
        let memory = HDF5Handle(
            try file.check(hide_h5_variable_text_type(type), operation), close: H5Tclose)
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        if count == 0 { return [] }
        let status = pointers.withUnsafeMutableBytes { read(memory.id, $0.baseAddress) }
        try file.check(status, operation)
        let texts = pointers.map { $0.map { String(cString: $0) } ?? "" }
        let reclaimed = pointers.withUnsafeMutableBytes {
            H5Dvlen_reclaim(memory.id, space, hide_h5_default(), $0.baseAddress)
        }
        try file.check(reclaimed, operation)
        return texts
    }
}
