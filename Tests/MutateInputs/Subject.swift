import Data
import Foundation
import Pipeline
import Stages
import TestSupport

/// A kind of input whose reader must survive anything.
enum Subject: String, CaseIterable {
    /// Bare pickles, and checkpoints of PyTorch before 1.6.
    case pickle
    /// Checkpoints of PyTorch as zip archives, their checksums made right again.
    case torch
    /// Tar archives of PyTorch before 0.2.
    case tar
    case numpy
    case safetensors
    case zip
    case picture
    case pipeline

    /// Reads an input as far as its reader goes.
    ///
    /// - Throws: the error by which the input is refused.
    func read(_ bytes: [UInt8], through file: MemoryFile) throws {
        switch self {
        case .picture: _ = try Picture.decode(bytes, name: "case")
        case .pipeline:
            file.write(bytes)
            _ = try PipelineFile.read(file.path, registry: Catalog.registry)
        case .zip:
            file.write(bytes)
            let archive = try ZipArchive(BinaryFile(file.path))
            for entry in archive.entries { _ = try archive.bytes(of: entry) }
        case .pickle, .torch, .tar, .numpy, .safetensors:
            file.write(bytes)
            try readCheckpoint(file.path)
        }
    }

    private func readCheckpoint(_ path: String) throws {
        let file = try CheckpointFile(path)
        for name in file.names { _ = try file.array(name).floats }
        // Arrays that are not those of a model are read all the same.
        guard let model = try? ViTSizes(file).configuration() else { return }
        _ = try? PretrainedWeights(file, configuration: model)
    }

    /// Makes checksums right in most cases, so that mutations reach what lies behind them.
    func repaired(_ bytes: [UInt8], _ random: inout CaseRandom) -> [UInt8] {
        switch self {
        case .torch, .numpy, .zip: random.below(8) == 0 ? bytes : Repair.zip(bytes)
        case .tar: random.below(8) == 0 ? bytes : Repair.tar(bytes)
        case .picture: random.below(4) == 0 ? bytes : Repair.png(bytes)
        case .pickle, .safetensors, .pipeline: bytes
        }
    }
}

/// An input that is mutated.
struct Seed {
    let name: String
    let bytes: [UInt8]
}
