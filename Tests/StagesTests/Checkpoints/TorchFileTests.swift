import Data
import Foundation
import Pipeline
import TestSupport
import Testing

private let folder = SharedData.real

/// Every checkpoint and array file of the folder of real data, whatever it holds.
@Suite(.enabled(if: folder != nil, "the folder of real data is absent"))
struct TorchFileTests {
    private static let folders = [
        "torch_formats", "torch_formats/burn", "torch_formats/burn_modules", "safetensors",
        "numpy_files", "vit_mnist",
    ]
    private static let endings = [".pt", ".th", ".bin", ".tar", ".npy", ".npz", ".safetensors"]

    private static func path(_ name: String) throws -> String {
        try #require(folder).appending(path: name).path
    }

    /// A test of one known file is of no use in a folder without it, and says so.
    private static func cancelUnlessThere(_ path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            try Test.cancel("the folder of real data has no \(path)")
        }
    }

    private static func files(_ folders: [String]) -> [String] {
        folders.flatMap { folder -> [String] in
            let names = (try? path(folder)).flatMap {
                try? FileManager.default.contentsOfDirectory(atPath: $0)
            }
            return (names ?? []).sorted().map { "\(folder)/\($0)" }
        }
    }

    /// What the README of the folder calls broken, or a holder of pickled objects.
    private static func isInvalid(_ name: String) -> Bool {
        name.contains("broken") || name.contains("object_array")
    }

    private static let valid = files(folders).filter { name in
        endings.contains { name.hasSuffix($0) } && !isInvalid(name)
    }

    private func listing(_ file: CheckpointFile) throws -> Listing {
        var lines: [String] = []
        var first = ""
        for name in file.names {
            let array = try file.array(name)
            let line = "\(name) \(array.elementType.rawValue) \(array.shape)"
            if first.isEmpty { first = line }
            let checksum = String(Inflation.checksum(Array(array.bytes)), radix: 16)
            lines.append(
                line + " " + String(repeating: "0", count: 8 - checksum.count) + checksum)
        }
        let text = Array(lines.joined(separator: "\n").utf8)
        return Listing(lines.count, Inflation.checksum(text), first)
    }

    @Test(
        .enabled(if: !valid.isEmpty, "the folder of real data has no checkpoints"),
        arguments: valid)
    func everyValidFileIsRead(name: String) throws {
        let found = try listing(CheckpointFile(Self.path(name)))
        #expect(found.count > 0)
        // What PyTorch reads is known of the files of the folder that the project was made with.
        if let expected = torchListings[name] { #expect(found == expected) }
    }

    @Test func theKnownFilesAreAmongThem() {
        let known = torchListings.keys.filter { Self.valid.contains($0) }
        #expect(
            known.count == torchListings.count || known.isEmpty,
            "missing: \(torchListings.keys.filter { !Self.valid.contains($0) }.sorted())")
    }

    @Test func everyOtherFileIsRefusedWithAReason() throws {
        for name in Self.files(Self.folders)
        where Self.endings.contains(where: { name.hasSuffix($0) }) && Self.isInvalid(name) {
            let error = #expect(throws: UnreadableInput.self, "\(name)") {
                let file = try CheckpointFile(Self.path(name))
                for name in file.names { _ = try file.array(name) }
            }
            #expect(error?.problem.isEmpty == false)
        }
    }

    /// The values that the makers of the tar archives put into them.
    @Test(arguments: [
        ("tar_float32.tar", "tensor", ElementType.float32, [Float(1), 2.5, -3.7, 0]),
        ("tar_float64.tar", "tensor", .float64, [1.1, 2.2, 3.3]),
        ("tar_weight_bias.tar", "bias", .float32, [0.01, 0.02]),
    ])
    func tarArchivesHoldTheirValues(
        name: String, tensor: String, type: ElementType, values: [Float]
    ) throws {
        let path = try Self.path("torch_formats/burn/\(name)")
        try Self.cancelUnlessThere(path)
        let array = try CheckpointFile(path).array(tensor)
        #expect(array.elementType == type && array.shape == [values.count])
        #expect(array.floats == values)
    }

    /// The two files are of one network from two trainings: by PyTorch too, the values differ.
    @Test func theSameNetworkInTwoFormatsHasTheSameTensors() throws {
        let paths = try ["mnist.pt", "mnist.safetensors"].map {
            try Self.path("torch_formats/\($0)")
        }
        try paths.forEach(Self.cancelUnlessThere)
        let torch = try CheckpointFile(paths[0])
        let other = try CheckpointFile(paths[1])
        #expect(Set(torch.names) == Set(other.names))
        for name in torch.names {
            let (a, b) = (try torch.array(name), try other.array(name))
            #expect(a.shape == b.shape && a.elementType == b.elementType)
        }
    }

    @Test func wrappersAndPrefixesAreLogged() throws {
        let path = try Self.path("torch_formats/resnet20-12fca82f.th")
        try Self.cancelUnlessThere(path)
        let file = try CheckpointFile(path)
        #expect(
            file.log == [
                "weights taken from 'state_dict'; left out: best_prec1",
                "prefix 'module.' removed from 97 of 97 names",
            ])
    }

    private static let hostile = files(["hostile_pickles"]).filter { !$0.contains("LICENSE") }

    @Test(
        .enabled(if: !hostile.isEmpty, "the folder of real data has no hostile pickles"),
        arguments: hostile)
    func hostilePicklesAreRefused(name: String) throws {
        let error = #expect(throws: UnreadableInput.self) { try CheckpointFile(Self.path(name)) }
        #expect(error?.problem.isEmpty == false)
    }

    @Test(arguments: [
        ("malicious0.pkl", "__builtin__.globals' at byte 0"),
        ("malicious1.zip", "builtins.eval' at byte 29 of 'data.pkl'"),
        ("malicious2_v3.pkl", "posix.system' at byte 2"),
        ("malicious6.pkl", "requests.api.get' at byte 60"),
        ("malicious10.pkl", "__builtin__.exec' at byte 44"),
        ("malicious11.pkl", "os.system' at byte 54"),
        ("malicious12.pkl", "operator.attrgetter' at byte 26"),
        ("pytorch_magic_bypass.pt", "__builtin__.eval' at byte 2"),
        ("sys_module_override_sploit.pkl", "torch._utils' at byte 53"),
    ])
    func theRefusedConstructorIsNamed(name: String, ending: String) throws {
        let path = try Self.path("hostile_pickles/\(name)")
        try Self.cancelUnlessThere(path)
        let error = #expect(throws: UnreadableInput.self) { try CheckpointFile(path) }
        #expect(error?.problem == "refuses to build '" + ending)
    }

    @Test(arguments: ["burn/simple_legacy.pt", "burn/tensor_2d.pt", "candle_test.pt"])
    func cutAndFlippedCopiesNeverCrash(name: String) throws {
        let temporary = try TemporaryFolder()
        let path = try Self.path("torch_formats/\(name)")
        try Self.cancelUnlessThere(path)
        let original = try BinaryFile.contents(of: path)
        for position in original.indices {
            let cut = try temporary.write(Array(original[..<position]), to: "cut.pt")
            #expect(throws: UnreadableInput.self) { try CheckpointFile(cut) }
            for mask in [UInt8(0x01), 0x80, 0x55] {
                var bytes = original
                bytes[position] ^= mask
                let flipped = try temporary.write(bytes, to: "flipped.pt")
                do {
                    let file = try CheckpointFile(flipped)
                    for name in file.names { _ = try file.array(name) }
                } catch { #expect(error.path == flipped) }
            }
        }
    }
}
