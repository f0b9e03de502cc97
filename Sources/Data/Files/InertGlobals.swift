/// What training programs leave beside their weights: names of classes and functions that a pickle may
/// mention, and that are stepped over. Nothing is made of them, imported or called.
enum InertGlobals {
    /// How far a name is trusted.
    enum Trust: Sendable {
        /// One of the list: whatever is called with it is an inert object.
        case listed
        /// A class of somebody's own: objects of it are inert; a call of it as a function is refused.
        case own
    }

    /// The greatest length of module and name in bytes.
    static let maximumNameByteCount = 256

    /// Tells how far a name is trusted; nil for one that is refused.
    static func trust(module: String, name: String) -> Trust? {
        if isListed(module, name) { return .listed }
        guard isIdentifier(module), isIdentifier(name) else { return nil }
        let root = module.prefix { $0 != "." }
        if root == "torch" || root == "numpy" {
            return ownModules.contains(where: module.hasPrefix) ? .own : nil
        }
        guard root == "__main__" || !root.hasPrefix("_"), !refusedRoots.contains(String(root)),
            !StandardModules.names.contains(String(root))
        else { return nil }
        return .own
    }

    /// Whether a call of somebody's own class is how pickles write an enumeration's case, or an empty
    /// dictionary that is filled afterwards: a name like that of a class, and at most a plain value.
    static func isPlainCall(_ name: String, _ arguments: [PickleValue]) -> Bool {
        guard let last = name.split(separator: ".").last, arguments.count <= 1,
            last.first(where: { $0 != "_" })?.isUppercase == true
        else { return false }
        switch arguments.first {
        case nil, .integer?, .text?, .real?, .bool?, PickleValue.none?: return true
        default: return false
        }
    }

    /// Whether a name is a means to write others, and of no interest.
    ///
    /// - Parameter isByItself: whether it is a value of its own and not a part of another.
    static func isPlumbing(_ name: String, isByItself: Bool) -> Bool {
        if ["_codecs.", "copyreg.", "copy_reg.", "typing."].contains(where: name.hasPrefix) {
            return true
        }
        let parts = name.split(separator: ".")
        if parts.count == 2, parts[0] == "builtins" || parts[0] == "__builtin__" {
            return builtins.contains(String(parts[1]))
                && !["complex", "range", "slice", "xrange"].contains(parts[1])
        }
        return !isByItself && ["numpy.dtype", "numpy.ndarray"].contains(name)
    }

    /// The words for a name: what NumPy's functions make, else the name.
    static func words(_ name: String) -> String {
        guard name.hasPrefix("numpy.") else { return name }
        if name.hasSuffix(".scalar") { return "a number of NumPy" }
        return name.hasSuffix("._reconstruct") || name.hasSuffix("._frombuffer")
            ? "an array of NumPy" : name
    }

    // MARK: Lists

    private static func isListed(_ module: String, _ name: String) -> Bool {
        if let names = listed[module], names.contains(name) { return true }
        switch module {
        case "builtins", "exceptions":
            return ["Error", "Exception", "Warning"].contains(where: name.hasSuffix)
        case "typing": return name.first?.isUppercase == true
        case "numpy.dtypes": return name.hasSuffix("DType")
        case "numpy.random._pickle":
            return ["__randomstate_ctor", "__generator_ctor", "__bit_generator_ctor"].contains(name)
        case "numpy.random.bit_generator":
            return ["SeedSequence", "__pyx_unpickle_SeedSequence"].contains(name)
        default: return false
        }
    }

    private static let builtins: Set<String> = [
        "bool", "bytearray", "bytes", "complex", "dict", "float", "frozenset", "int", "list",
        "long",
        "Ellipsis", "NotImplemented", "object", "range", "slice", "str", "tuple", "unicode",
        "xrange",
    ]
    private static let paths: Set<String> = [
        "Path", "PosixPath", "PurePath", "PurePosixPath", "PureWindowsPath", "WindowsPath",
    ]
    private static let reconstruction: Set<String> = [
        "_reconstructor", "__newobj__", "__newobj_ex__",
    ]
    private static let multiarray: Set<String> = ["_reconstruct", "scalar"]

    private static let listed: [String: Set<String>] = [
        "builtins": builtins, "__builtin__": builtins, "copyreg": reconstruction,
        "copy_reg": reconstruction, "_codecs": ["encode"],
        "collections": ["ChainMap", "Counter", "UserDict", "UserList", "deque"],
        "UserDict": ["IterableUserDict", "UserDict"],
        "datetime": ["date", "datetime", "time", "timedelta", "timezone"],
        "pathlib": paths, "pathlib._local": paths, "argparse": ["Namespace"],
        "types": ["SimpleNamespace"], "uuid": ["UUID", "SafeUUID"], "decimal": ["Decimal"],
        "fractions": ["Fraction"], "random": ["Random"], "re": ["_compile"],
        "time": ["struct_time"], "zoneinfo": ["ZoneInfo", "ZoneInfo._unpickle"],
        "dataclasses": ["_MISSING_TYPE"],
        "numpy": numpy, "numpy.core.multiarray": multiarray, "numpy._core.multiarray": multiarray,
        "numpy.core.numeric": ["_frombuffer"], "numpy._core.numeric": ["_frombuffer"],
        "numpy.ma": ["MaskedArray"], "numpy.ma.core": ["MaskedArray", "_mareconstruct"],
        "numpy.random.mtrand": ["RandomState"], "numpy.random._generator": ["Generator"],
        "numpy.random._mt19937": ["MT19937"], "numpy.random._pcg64": ["PCG64", "PCG64DXSM"],
        "numpy.random._philox": ["Philox"], "numpy.random._sfc64": ["SFC64"],
        "torch": torch, "torch.torch_version": ["TorchVersion"], "torch.version": ["__version__"],
        "torch.serialization": ["_get_layout"], "torch.nn.parameter": ["Parameter", "Buffer"],
        "torch.optim.optimizer": ["_RequiredParameter"],
        "torch._utils": [
            "_rebuild_device_tensor_from_numpy", "_rebuild_device_tensor_from_cpu_tensor",
            "_rebuild_meta_tensor_no_storage", "_rebuild_nested_tensor", "_rebuild_qtensor",
            "_rebuild_sparse_csr_tensor", "_rebuild_sparse_tensor", "_rebuild_tensor_v3",
        ],
    ]

    private static let numpy: Set<String> = [
        "bool_", "bool", "bytes_", "complex128", "complex64", "datetime64", "dtype", "float16",
        "float32", "float64", "int16", "int32", "int64", "int8", "ndarray", "str_", "timedelta64",
        "uint16", "uint32", "uint64", "uint8",
    ]

    /// Types of numbers, layouts, and what else `torch` pickles by its name alone.
    private static let torch: Set<String> = Set(
        """
        bfloat16 bool cdouble cfloat chalf complex128 complex32 complex64 device double finfo float
        float16 float32 float64 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz half iinfo
        int int16 int32 int64 int8 long qint32 qint8 quint2x4 quint4x2 quint8 short uint16 uint32
        uint64 uint8 strided sparse_coo sparse_csr sparse_csc sparse_bsr sparse_bsc channels_last
        channels_last_3d contiguous_format preserve_format per_channel_affine per_tensor_affine
        per_tensor_symmetric per_channel_symmetric Generator Tensor
        HalfTensor BFloat16Tensor FloatTensor DoubleTensor CharTensor ShortTensor IntTensor
        LongTensor ByteTensor BoolTensor
        """.split(whereSeparator: \.isWhitespace).map(String.init))

    /// Modules of PyTorch whose classes programs keep in their checkpoints: layers, optimisers.
    private static let ownModules = ["torch.nn.modules.", "torch.optim.", "torch.amp."]

    /// Packages that fetch, install or start things, and that pickles have been armed with.
    private static let refusedRoots: Set<String> = [
        "aiohttp", "cloudpickle", "dill", "fabric", "httpx", "ipykernel", "invoke", "joblib",
        "jsonpickle", "paramiko", "pexpect", "pip", "pkg_resources", "plumbum", "psutil",
        "ptyprocess", "requests", "setuptools", "sh", "tensorflow", "urllib3", "win32api",
        "win32com", "wheel",
    ]

    /// Whether a text is a dotted name as Python allows them.
    private static func isIdentifier(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            part.first.map { $0 == "_" || $0.isLetter } == true
                && part.allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber }
        }
    }
}
