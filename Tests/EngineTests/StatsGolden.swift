import Engine
import Foundation
import Pipeline
import TestSupport
import Testing

/// The golden file of statistics, losses, recovery and schedules.
struct StatsGolden {
    /// Where it is; nil when the folder or the file is absent.
    static let path: String? = SharedData.goldens.map {
        $0.appending(path: "stats_recovery.h5").path
    }
    .flatMap { FileManager.default.fileExists(atPath: $0) ? $0 : nil }

    private let file: HDF5File

    init() throws { file = try HDF5File.open(#require(Self.path)) }

    func tensor(_ path: String) throws -> Tensor {
        let array = try file.read(path)
        guard case .float32(let values) = array.elements else { throw Mistyped(path: path) }
        return Tensor(shape: array.shape, values)
    }

    func matrix(_ path: String) throws -> DoubleMatrix {
        let array = try file.read(path)
        guard case .float64(let values) = array.elements, array.shape.count == 2 else {
            return DoubleMatrix(try tensor(path))
        }
        return DoubleMatrix(rows: array.shape[0], columns: array.shape[1], values)
    }

    func integers(_ path: String) throws -> [Int] {
        guard case .int64(let values) = try file.read(path).elements else {
            throw Mistyped(path: path)
        }
        return values.map { Int($0) }
    }

    func children(_ path: String) throws -> [String] { try file.children(of: path) }

    func number(_ name: String, of path: String) throws -> Double {
        switch try file.attributes(of: path)[name] {
        case .real(let value): return value
        case .integer(let value): return Double(value)
        default: throw Mistyped(path: "\(path), attribute \(name)")
        }
    }

    func numbers(_ name: String, of path: String) throws -> [Double] {
        guard case .array(let values) = try file.attributes(of: path)[name] else {
            throw Mistyped(path: "\(path), attribute \(name)")
        }
        return values.compactMap { if case .real(let value) = $0 { value } else { nil } }
    }

    func text(_ name: String, of path: String) throws -> String {
        guard case .string(let value) = try file.attributes(of: path)[name] else {
            throw Mistyped(path: "\(path), attribute \(name)")
        }
        return value
    }

    struct Mistyped: Error { let path: String }
}
