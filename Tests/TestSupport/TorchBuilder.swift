package import Engine

/// Writes checkpoints of PyTorch byte by byte.
package enum TorchBuilder {
    /// What a checkpoint holds.
    package indirect enum Node {
        case tensor(Tensor)
        case dictionary([(key: String, value: Node)])
        /// A pickle, without its end.
        case pickle([UInt8])

        /// The tensors of a set under a prefix.
        package static func weights(_ parameters: ParameterSet, below prefix: String = "") -> Node {
            .dictionary(
                Swift.zip(parameters.names, parameters.tensors).map { (prefix + $0, .tensor($1)) })
        }
    }

    /// The zip format, in the folder `archive`, of anything.
    ///
    /// - Parameter checksum: the CRC-32 of bytes.
    package static func zip(_ node: Node, checksum: ([UInt8]) -> UInt32) -> [UInt8] {
        var tensors: [Tensor] = []
        let pickle = [0x80, 2] + bytes(node, &tensors) + Array(".".utf8)
        var entries = [(name: "archive/data.pkl", content: pickle)]
        for (index, tensor) in tensors.enumerated() {
            entries.append(("archive/data/\(index)", data(tensor)))
        }
        return ZipBuilder.file(entries, checksum: checksum)
    }

    private static func bytes(_ node: Node, _ tensors: inout [Tensor]) -> [UInt8] {
        switch node {
        case .pickle(let bytes): return bytes
        case .tensor(let tensor):
            tensors.append(tensor)
            return self.tensor(tensor, key: tensors.count - 1, refersByKey: false)
        case .dictionary(let entries):
            var bytes = Array("}(".utf8)
            for (key, value) in entries { bytes += text(key) + self.bytes(value, &tensors) }
            return bytes + Array("u".utf8)
        }
    }

    private static func tensor(_ tensor: Tensor, key: Int, refersByKey: Bool) -> [UInt8] {
        var bytes = global("torch._utils", "_rebuild_tensor_v2") + Array("(".utf8)
        if refersByKey {
            bytes += text("\(key)")
        } else {
            bytes += Array("(".utf8) + text("storage") + global("torch", "FloatStorage")
            bytes += text("\(key)") + text("cpu") + integer(tensor.values.count)
            bytes += Array("t".utf8)
        }
        bytes += Array("Q".utf8) + integer(0) + integers(tensor.shape)
        bytes += integers(strides(tensor.shape)) + [0x89]
        return bytes + global("collections", "OrderedDict") + Array(")RtR".utf8)
    }

    /// The pickle of a dictionary of tensors, whose storages are called `0`, `1`, ….
    ///
    /// - Parameter refersByKey: whether storages are named by key alone, as in tar archives.
    package static func pickle(_ parameters: ParameterSet, refersByKey: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = [0x80, 2] + Array("}(".utf8)
        for (index, name) in parameters.names.enumerated() {
            bytes += text(name)
            bytes += tensor(parameters.tensors[index], key: index, refersByKey: refersByKey)
        }
        return bytes + Array("u.".utf8)
    }

    /// The format before version 1.6.
    package static func legacy(_ parameters: ParameterSet) -> [UInt8] {
        let magic: [UInt8] = [
            0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
        ]
        let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 0x03, 0x2E]
        var keys: [UInt8] = [0x80, 2] + Array("](".utf8)
        var storages: [UInt8] = []
        for (index, tensor) in parameters.tensors.enumerated() {
            keys += text("\(index)")
            storages += ZipBuilder.littleEndian(tensor.values.count, 8) + data(tensor)
        }
        return magic + version + systemFacts + pickle(parameters) + keys + Array("e.".utf8)
            + storages
    }

    /// The format before version 0.2.
    package static func tar(_ parameters: ParameterSet) -> [UInt8] {
        let count = [0x80, 2] + integer(parameters.tensors.count) + Array(".".utf8)
        var (storages, tensors) = (count, count)
        for (index, tensor) in parameters.tensors.enumerated() {
            storages += [0x80, 2] + Array("(".utf8) + text("\(index)") + text("cpu")
            storages += global("torch", "FloatStorage") + Array("t.".utf8)
            storages += ZipBuilder.littleEndian(tensor.values.count, 8) + data(tensor)
            tensors += [0x80, 2] + Array("(".utf8) + integer(index) + integer(index)
            tensors += global("torch", "FloatStorage") + Array("t.".utf8)
            let layout = [tensor.shape.count] + tensor.shape + strides(tensor.shape) + [0]
            tensors += layout.flatMap { ZipBuilder.littleEndian($0, 8) }
        }
        // No storage is part of another.
        storages += [0x80, 2] + Array("].".utf8)
        return ArchiveBuilder.tar([
            .init("sys_info", systemFacts), .init("storages", storages), .init("tensors", tensors),
            .init("pickle", pickle(parameters, refersByKey: true)),
        ])
    }

    private static var systemFacts: [UInt8] {
        [0x80, 2] + Array("}".utf8) + text("little_endian") + [0x88] + Array("s.".utf8)
    }

    private static func data(_ tensor: Tensor) -> [UInt8] {
        tensor.values.flatMap { ZipBuilder.littleEndian(Int($0.bitPattern), 4) }
    }

    private static func strides(_ shape: [Int]) -> [Int] {
        shape.indices.map { shape[($0 + 1)...].reduce(1, *) }
    }

    /// Text.
    package static func text(_ text: String) -> [UInt8] {
        Array("X".utf8) + ZipBuilder.littleEndian(text.utf8.count, 4) + Array(text.utf8)
    }

    /// A whole number.
    package static func integer(_ value: Int) -> [UInt8] {
        Array("J".utf8) + ZipBuilder.littleEndian(value, 4)
    }

    private static func integers(_ values: [Int]) -> [UInt8] {
        Array("(".utf8) + values.flatMap(integer) + Array("t".utf8)
    }

    /// A constructor by module and name.
    package static func global(_ module: String, _ name: String) -> [UInt8] {
        Array("c\(module)\n\(name)\n".utf8)
    }
}
