import Foundation
import TestSupport
import Testing

/// A folder with a pipeline file, pictures and weights of a few numbers, for runs of a moment.
struct TinyPipeline {
    /// Everything lies in it; commands run in it.
    let folder: TemporaryFolder
    var program: Program

    init() throws {
        folder = try TemporaryFolder()
        program = Program(folder: folder.url)
    }

    // MARK: The pipeline file

    /// One shared LoRA over two tasks of two classes, and a probe that needs nothing of it.
    static let text = """
        pipeline: tiny
        variables: {rate: 0.01, root: pictures, weights: tiny.safetensors}
        stages:
          backbone:
            uses: checkpoint
            with:
              model: {vit: {image-size: 8, patch-size: 4, width: 4, depth: 1, heads: 1}}
              path: "${weights}"
          data: {uses: dataset, with: {name: image-folder, root: "${root}", tasks: 2}}
          model:
            uses: train-shared-pet
            needs: {backbone: backbone, data: data}
            with:
              seed: 1
              pet: {lora: {rank: 1, blocks: [0]}}
              epochs: 1
              batch: {size: 2}
              optimizer: {adam: {lr: "${rate}"}}
          scores: {uses: evaluate, needs: {model: model}}
          other-data:
            uses: dataset
            with: {name: embedded, classes: base, train-per-class: 1, test-per-class: 1, tasks: 1}
          probe: {uses: linear-probe, needs: {data: other-data}, with: {image-size: 4, steps: 2}}

        """

    /// Writes the pipeline file, the pictures and the weights.
    func fill() throws {
        try write(Self.text, to: "f.yaml")
        try writePictures(to: "pictures")
        try write(Self.safetensors(Self.weights), to: "tiny.safetensors")
    }

    /// Writes a file, with the folders above it.
    func write(_ bytes: some Sequence<UInt8>, to name: String) throws {
        try folder.write(bytes, to: name)
    }

    func write(_ text: String, to name: String) throws { try folder.write(text, to: name) }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(at: folder.url.appending(path: name))
    }

    /// Runs a line of a shell in the folder.
    ///
    /// - Returns: its exit code.
    @discardableResult
    func shell(_ line: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", line]
        process.currentDirectoryURL = folder.url
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    // MARK: Pictures and weights

    /// Four classes with two training pictures and one test picture each.
    private func writePictures(to root: String) throws {
        for (level, name) in ["ant", "bee", "cow", "dog"].enumerated() {
            let files = ["train/\(name)/1", "train/\(name)/2", "test/\(name)/3"]
            for (index, file) in files.enumerated() {
                try write(Self.picture(40 * level + 10 * index), to: "\(root)/\(file).png")
            }
        }
    }

    /// A gray picture with a gradient.
    static func picture(_ level: Int) -> [UInt8] {
        let rows = (0..<8).map { row in
            (0..<8).map { UInt8(truncatingIfNeeded: level + 3 * $0 + row) }
        }
        return PNGBuilder.file(width: 8, height: 8, depth: 8, colorType: 0, rows: rows)
    }

    /// Names and shapes of the model in the pipeline file.
    static let weights: [(name: String, shape: [Int])] =
        [
            ("cls_token", [1, 1, 4]), ("pos_embed", [1, 5, 4]),
            ("patch_embed.proj.weight", [4, 3, 4, 4]), ("patch_embed.proj.bias", [4]),
        ]
        + [
            ("norm1.weight", [4]), ("norm1.bias", [4]), ("attn.qkv.weight", [12, 4]),
            ("attn.qkv.bias", [12]), ("attn.proj.weight", [4, 4]), ("attn.proj.bias", [4]),
            ("norm2.weight", [4]), ("norm2.bias", [4]), ("mlp.fc1.weight", [16, 4]),
            ("mlp.fc1.bias", [16]), ("mlp.fc2.weight", [4, 16]), ("mlp.fc2.bias", [4]),
        ].map { ("blocks.0.\($0.0)", $0.1) }
        + [("norm.weight", [4]), ("norm.bias", [4])]

    /// A checkpoint file whose numbers follow a fixed wave, as high as `heights` say or 1, but for those
    /// that `odd` gives by name and index.
    static func safetensors(
        _ tensors: [(name: String, shape: [Int])], heights: [String: Double] = [:],
        odd: [String: [Int: Float]] = [:]
    ) -> [UInt8] {
        var header: [String] = []
        var data: [UInt8] = []
        for (name, shape) in tensors {
            let start = data.count
            for index in 0..<shape.reduce(1, *) {
                let value =
                    odd[name]?[index] ?? Float((heights[name] ?? 1) * sin(Double(start + index)))
                withUnsafeBytes(of: value.bitPattern.littleEndian) { data += $0 }
            }
            header.append(
                "\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),"
                    + "\"data_offsets\":[\(start),\(data.count)]}")
        }
        let text = Array("{\(header.joined(separator: ","))}".utf8)
        return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
    }

    // MARK: Runs

    /// What a command left: its code, and its texts with keys as `KEY` and the folder as `DIR`.
    struct Result {
        let code: Int32
        let message: String
        let output: String
        let events: [Event]

        /// The units that ended in one way, in order.
        func units(_ outcome: String) -> [String] {
            events.filter { $0["outcome"] == outcome }.compactMap { $0["unit"] }
        }
    }

    /// Runs a command.
    func command(_ arguments: String...) throws -> Result {
        try command(arguments)
    }

    /// Runs `run f.yaml --json` and checks that its last line is `run-finished` with its exit code.
    func run(
        _ arguments: String..., location: SourceLocation = #_sourceLocation
    ) throws -> Result {
        let result = try command(["run", "f.yaml", "--json"] + arguments)
        let last = try #require(result.events.last, sourceLocation: location)
        #expect(last.name == "run-finished", sourceLocation: location)
        #expect(last.count("exit") == Int(result.code), sourceLocation: location)
        #expect(
            result.events.count == result.output.split(separator: "\n").count,
            "something else than events on standard output", sourceLocation: location)
        return result
    }

    /// Runs a command.
    func command(_ arguments: [String]) throws -> Result {
        let outcome = try program.run(arguments)
        func plain(_ text: String) -> String {
            text.replacing(folder.path, with: "DIR")
                .replacing(#/\([0-9a-f]{4}…[0-9a-f]{2}\)/#, with: "(KEY)")
                .replacing(#/[0-9a-f]{64}/#, with: "KEY")
        }
        return Result(
            code: outcome.exitCode, message: plain(outcome.errors), output: plain(outcome.output),
            events: Event.list(outcome.output))
    }
}
