import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// A pipeline over embedded pictures and a model of a few numbers, whose units are run here, in memory.
struct TinyLab {
    let file: PipelineFile
    private(set) var artifacts: [String: Artifact] = [:]
    /// What each unit logged; warnings stand behind `warning: `.
    private(set) var logs: [String: [String]] = [:]

    /// A backbone and twelve classes of few pictures in three tasks, and the stages of a test.
    static func text(_ stages: String, profile: String = "reference", data: String = "") -> String {
        """
        pipeline: tiny
        profile: \(profile)
        stages:
          base-data:
            uses: dataset
            with: {name: embedded, classes: base, train-per-class: 1, test-per-class: 1, tasks: 1, normalize: symmetric, augment: none, resize: bilinear}
          backbone:
            uses: pretrain
            needs: {data: base-data}
            with:
              model: {vit: {image-size: 32, patch-size: 16, width: 16, depth: 2, heads: 2}}
              seed: 7
              epochs: 1
              batch: {size: 10}
              optimizer: {adam: {lr: 0.01}}
          data:
            uses: dataset
            with: {name: embedded, classes: continual, train-per-class: 3, test-per-class: 2, tasks: 4, normalize: symmetric\(data)}

        """ + stages
    }

    /// A stage 'raw': a model without a final norm, so that a trainable norm stands before its head.
    static let rawBackbone = """
          raw:
            uses: pretrain
            needs: {data: base-data}
            with:
              model: {vit: {image-size: 32, patch-size: 16, width: 16, depth: 2, heads: 2, final-norm: false}}
              seed: 7
              epochs: 1
              batch: {size: 10}
              optimizer: {adam: {lr: 0.01}}

        """

    /// The parameters of training in most tests.
    static let training = "epochs: 2, batch: {size: 6}, optimizer: {adam: {lr: 1}}"

    /// Reads a file with these stages.
    static func read(
        _ stages: String, profile: String = "reference", data: String = ""
    ) throws -> PipelineFile {
        try PipelineFile.reading(text(stages, profile: profile, data: data))
    }

    /// Runs every unit of a file with these stages.
    init(_ stages: String, profile: String = "reference", data: String = "") throws {
        file = try Self.read(stages, profile: profile, data: data)
        for unit in file.graph.units {
            var inputs: [String: Artifact] = [:]
            for (role, id) in unit.definition.inputs {
                inputs[role] = artifacts[file.graph[id].name]
            }
            let context = UnitContext(
                threads: 1, inputs: inputs, digests: inputs.mapValues(\.digest.hex))
            artifacts[unit.name] = try unit.definition.run(context)
            logs[unit.name] = context.log
        }
    }

    /// The artifact of a unit.
    subscript(name: String) -> Artifact {
        get throws {
            try #require(artifacts[name], "no unit '\(name)' in \(artifacts.keys.sorted())")
        }
    }

    /// The warnings of all units: `model/train[1]: …`.
    var warnings: [String] {
        file.graph.units.map(\.name).flatMap { name in
            (logs[name] ?? []).filter { $0.hasPrefix("warning: ") }
                .map { "\(name): \($0.dropFirst("warning: ".count))" }
        }
    }

    /// The arrays of a unit below a group, by name.
    func group(_ group: String, of unit: String) throws -> [String: TypedArray] {
        let arrays = try self[unit].arrays.filter { $0.key.hasPrefix(group + "/") }
        try #require(!arrays.isEmpty, "no group '\(group)' in '\(unit)'")
        return Dictionary(
            uniqueKeysWithValues: arrays.map {
                (String($0.key.dropFirst(group.count + 1)), $0.value)
            })
    }

    /// The numbers of a float array.
    func floats(_ path: String, of unit: String) throws -> [Float] {
        guard case .float32(let values)? = try self[unit].arrays[path]?.elements else {
            Issue.record("no float32 array '\(path)' in '\(unit)'")
            return []
        }
        return values
    }

    /// The numbers of a double array.
    func doubles(_ path: String, of unit: String) throws -> [Double] {
        guard case .float64(let values)? = try self[unit].arrays[path]?.elements else {
            Issue.record("no float64 array '\(path)' in '\(unit)'")
            return []
        }
        return values
    }
}
