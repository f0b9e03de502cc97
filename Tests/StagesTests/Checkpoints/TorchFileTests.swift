import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

private let folder = SharedData.real

@Suite(.enabled(if: folder != nil, "the folder of real data is absent"))
struct TorchFileTests {
    private func path(_ name: String) throws -> String {
        try #require(folder).appending(path: name).path
    }

    private func files(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
            .filter { !$0.hasPrefix("LICENSE") }.map { "\(name)/\($0)" }
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

    @Test(arguments: torchListings.keys.sorted())
    func theTensorsAreThoseThatPyTorchReads(name: String) throws {
        #expect(try listing(CheckpointFile(path(name))) == torchListings[name])
    }

    @Test func everyOtherFileIsRefused() throws {
        let folders = ["torch_formats/burn", "torch_formats/burn_modules"]
        let all = try folders.flatMap(files)
        let others = all.filter { torchListings[$0] == nil }
        #expect(others.count == 4 && all.count == 36)
        for name in others {
            #expect(throws: UnreadableInput.self) { try CheckpointFile(path(name)) }
        }
    }

    /// The two files are of one network from two trainings: by PyTorch too, the values differ.
    @Test func theSameNetworkInTwoFormatsHasTheSameTensors() throws {
        let torch = try CheckpointFile(path("torch_formats/mnist.pt"))
        let other = try CheckpointFile(path("torch_formats/mnist.safetensors"))
        #expect(Set(torch.names) == Set(other.names))
        for name in torch.names {
            let (a, b) = (try torch.array(name), try other.array(name))
            #expect(a.shape == b.shape && a.elementType == b.elementType)
        }
    }

    @Test func wrappersAndPrefixesAreLogged() throws {
        let file = try CheckpointFile(path("torch_formats/resnet20-12fca82f.th"))
        #expect(
            file.log == [
                "weights taken from 'state_dict'; left out: best_prec1",
                "prefix 'module.' removed from 97 of 97 names",
            ])
    }

    @Test func hostilePicklesAreRefused() throws {
        for name in try files("hostile_pickles") {
            #expect(throws: UnreadableInput.self, "\(name)") { try CheckpointFile(path(name)) }
        }
    }

    @Test(arguments: [
        ("malicious0.pkl", "__builtin__.globals' at byte 0"),
        ("malicious1.zip", "builtins.eval' at byte 29 of 'data.pkl'"),
        ("malicious2_v3.pkl", "posix.system' at byte 2"),
        ("malicious10.pkl", "__builtin__.exec' at byte 44"),
        ("malicious11.pkl", "os.system' at byte 54"),
        ("malicious12.pkl", "operator.attrgetter' at byte 26"),
        ("pytorch_magic_bypass.pt", "__builtin__.eval' at byte 2"),
        ("sys_module_override_sploit.pkl", "torch._utils' at byte 53"),
    ])
    func theRefusedConstructorIsNamed(name: String, ending: String) throws {
        let path = try path("hostile_pickles/\(name)")
        let error = #expect(throws: UnreadableInput.self) { try CheckpointFile(path) }
        #expect(error?.problem == "refuses to build '" + ending)
    }

    @Test(arguments: ["burn/simple_legacy.pt", "burn/tensor_2d.pt", "candle_test.pt"])
    func cutAndFlippedCopiesNeverCrash(name: String) throws {
        let temporary = try TemporaryFolder()
        let original = try BinaryFile.contents(of: path("torch_formats/\(name)"))
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
