import CHDF5

extension HDF5File {
    /// Writes a new contiguous dataset, making the groups on its path.
    ///
    /// - Throws: when the path exists, or a text contains NUL, which a string in HDF5 cannot.
    package func write(_ array: TypedArray, to path: String) throws(HDF5Error) {
        try withFile { (file) throws(HDF5Error) in
            let operation = "write dataset '\(path)'"
            let form = try form(of: array, operation)
            let links = HDF5Handle(
                try check(hide_h5_link_properties(), operation), close: H5Pclose)
            let creation = HDF5Handle(
                try check(hide_h5_dataset_properties(), operation), close: H5Pclose)
            let dataset = HDF5Handle(
                try check(
                    H5Dcreate2(
                        file, path, form.stored, form.space.id, links.id, creation.id,
                        hide_h5_default()), operation), close: H5Dclose)
            let status = withBytes(of: array.elements, width: form.width) { bytes in
                bytes.isEmpty
                    ? 0
                    : H5Dwrite(
                        dataset.id, form.memory.id, hide_h5_all(), hide_h5_all(),
                        hide_h5_default(), bytes.baseAddress)
            }
            try check(status, operation)
        }
    }

    /// Adds an attribute to a group or dataset: one scalar or a vector, of at most 60,000 bytes
    /// (the library keeps an attribute in the header of its object, which ends at 64 KiB).
    package func writeAttribute(
        _ name: String, _ array: TypedArray, of path: String = "/"
    ) throws(HDF5Error) {
        try withObject(path) { (object) throws(HDF5Error) in
            let operation = "write attribute '\(name)' of '\(path)'"
            let form = try form(of: array, operation)
            let attribute = HDF5Handle(
                try check(
                    H5Acreate2(
                        object, name, form.stored, form.space.id, hide_h5_default(),
                        hide_h5_default()), operation), close: H5Aclose)
            let status = withBytes(of: array.elements, width: form.width) { bytes in
                bytes.isEmpty ? 0 : H5Awrite(attribute.id, form.memory.id, bytes.baseAddress)
            }
            try check(status, operation)
        }
    }

    /// Adds a text attribute of variable length. What follows a NUL is lost.
    package func writeAttribute(
        _ name: String, _ text: String, of path: String = "/"
    ) throws(HDF5Error) {
        try withObject(path) { (object) throws(HDF5Error) in
            _ = try check(
                hide_h5_write_text(object, name, text), "write attribute '\(name)' of '\(path)'")
        }
    }

    /// Runs calls of the library on the file, alone in the library: for tests, whose files hold what this
    /// program never writes.
    package func change(_ body: (Int64) -> Void) throws(HDF5Error) {
        try withFile { (file) throws(HDF5Error) in body(file) }
    }

    private func form(
        of array: TypedArray, _ operation: String
    ) throws(HDF5Error) -> StoredForm {
        let memory = try memoryType(of: array.elements, operation)
        let stored = fileType(of: array.elements, memory: memory.id)
        let space = HDF5Handle(try check(makeSpace(array.shape), operation), close: H5Sclose)
        return StoredForm(memory: memory, stored: stored, space: space)
    }

    private func makeSpace(_ shape: [Int]) -> hid_t {
        if shape.isEmpty { return H5Screate(H5S_SCALAR) }
        let extents = shape.map { hsize_t($0) }
        return H5Screate_simple(Int32(shape.count), extents, nil)
    }

    /// The element type in memory; the file has the little-endian type of the same size.
    private func memoryType(
        of elements: TypedArray.Elements, _ operation: String
    ) throws(HDF5Error) -> HDF5Handle {
        switch elements {
        case .float32: return .predefined(hide_h5_native_float())
        case .float64: return .predefined(hide_h5_native_double())
        case .int64: return .predefined(hide_h5_native_int64())
        case .uint8: return .predefined(hide_h5_native_uint8())
        case .text(let texts):
            if texts.contains(where: { $0.utf8.contains(0) }) {
                throw HDF5Error(file: path, operation: operation, problem: "a text contains NUL")
            }
            let width = max(1, texts.lazy.map(\.utf8.count).max() ?? 1)
            return HDF5Handle(
                try check(hide_h5_text_type(width), operation), close: H5Tclose)
        }
    }

    private func fileType(of elements: TypedArray.Elements, memory: hid_t) -> hid_t {
        switch elements {
        case .float32: hide_h5_file_float()
        case .float64: hide_h5_file_double()
        case .int64: hide_h5_file_int64()
        case .uint8: hide_h5_file_uint8()
        case .text: memory
        }
    }

    /// Hands out the elements as the library reads them; texts padded with NUL to `width` bytes.
    private func withBytes<Result>(
        of elements: TypedArray.Elements, width: Int,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        switch elements {
        case .float32(let values): return values.withUnsafeBytes(body)
        case .float64(let values): return values.withUnsafeBytes(body)
        case .int64(let values): return values.withUnsafeBytes(body)
        case .uint8(let values): return values.withUnsafeBytes(body)
        case .text(let texts):
            var bytes: [UInt8] = []
            bytes.reserveCapacity(texts.count * width)
            for text in texts {
                bytes += text.utf8
                bytes += repeatElement(0, count: width - text.utf8.count)
            }
            return bytes.withUnsafeBytes(body)
        }
    }
}

/// What a dataset or an attribute is made with: types and extents of its elements.
private struct StoredForm: ~Copyable {
    /// The element type in memory.
    let memory: HDF5Handle
    /// The element type in the file.
    let stored: hid_t
    let space: HDF5Handle

    /// The bytes of an element in memory.
    var width: Int { H5Tget_size(memory.id) }
}
