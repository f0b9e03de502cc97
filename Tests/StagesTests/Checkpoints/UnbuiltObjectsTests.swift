import Data
import Engine
import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// Objects beside the weights of a checkpoint, as Python pickled them
/// (`Scripts/fixtures/pickled_objects.py`), and objects that are refused.
@Suite struct UnbuiltObjectsTests {
    private let samples = Result { try CheckpointSamples() }

    /// Name and protocol, the words of the log, the pickle without its end.
    private static let objects: [(name: String, words: String?, pickle: [UInt8])] = {
        let path = SharedData.packageRoot.appending(path: "Tests/Fixtures/checkpoints/objects.txt")
        let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ").map(String.init)
            guard parts.count == 4, let data = Data(base64Encoded: parts[3]) else { return nil }
            let words = parts[2] == "-" ? nil : parts[2].replacing("_", with: " ")
            return ("\(parts[0]) \(parts[1])", words, Array(data.dropLast()))
        }
    }()

    private func file(_ extra: [UInt8]) throws -> String {
        let samples = try samples.get()
        return try samples.torch(
            .dictionary([
                ("epoch", .pickle(TorchBuilder.integer(7))),
                ("state_dict", .weights(samples.weights.parameters)), ("extra", .pickle(extra)),
            ]))
    }

    @Test func theFixtureIsWhole() { #expect(Self.objects.count == 156) }

    @Test(arguments: objects.indices)
    func theWeightsBesideAnObjectAreRead(index: Int) throws {
        let (name, words, pickle) = Self.objects[index]
        let read = try samples.get().read(file(pickle))
        #expect(try read.weights == samples.get().weights, "\(name)")
        let line = read.log.first { $0.hasPrefix("left unbuilt: ") } ?? ""
        let isNamed = words.map { line.replacing("_", with: " ").contains($0) } ?? line.isEmpty
        #expect(isNamed, "\(name): \(line)")
    }

    /// Objects of PyTorch, by module, name and arguments.
    @Test(arguments: [
        ("torch", "device", true), ("torch", "float16", false), ("torch", "strided", false),
        ("torch.torch_version", "TorchVersion", true), ("torch", "per_tensor_affine", false),
        ("torch.nn.modules.activation", "GELU", false),
    ])
    func objectsOfPyTorchAreSteppedOver(module: String, name: String, isCalled: Bool) throws {
        let call = TorchBuilder.text("cuda") + [0x85, 0x52]
        let read = try samples.get().read(
            file(TorchBuilder.global(module, name) + (isCalled ? call : [])))
        #expect(try read.weights == samples.get().weights)
        #expect(read.log.contains("left unbuilt: \(module).\(name) under 'extra'"))
    }

    /// A tensor of numbers that nobody reads is left out; one that is a weight is named.
    @Test func aTensorThatIsNotReadIsNoWeight() throws {
        let complex =
            TorchBuilder.global("torch._utils", "_rebuild_tensor_v2") + Array("((".utf8)
            + TorchBuilder.text("storage") + TorchBuilder.global("torch", "ComplexFloatStorage")
            + TorchBuilder.text("99") + TorchBuilder.text("cpu") + TorchBuilder.integer(1)
            + Array("tQ".utf8) + TorchBuilder.integer(0) + Array("))".utf8) + [0x89]
            + TorchBuilder.global("collections", "OrderedDict") + Array(")RtR".utf8)
        #expect(try samples.get().read(file(complex)).weights == samples.get().weights)
        let samples = try samples.get()
        let path = try samples.torch(
            .dictionary(
                zip(samples.weights.parameters.names, samples.weights.parameters.tensors).map {
                    ($0, $0 == "norm.bias" ? .pickle(complex) : .tensor($1))
                }))
        let problem = try #require(samples.problem(path))
        #expect(problem.text == "does not fit the model; missing: norm.bias")
        #expect(problem.hint?.contains("left unbuilt") == true)
    }

    /// `torch.save(model, …)`: an object of a class, whose weights lie in its state.
    @Test func aWholeModuleIsRefusedWithTheWayToSaveItsWeights() throws {
        let samples = try samples.get()
        let module =
            TorchBuilder.global("mine.nets", "ViT") + [0x29, 0x81] + Array("}".utf8)
            + TorchBuilder.text("training") + [0x88] + Array("sb".utf8)
        let problem = try #require(samples.problem(samples.torch(.pickle(module))))
        #expect(
            problem.text
                == "the checkpoint is one object of 'mine.nets.ViT', not a dictionary of weights")
        let hint =
            "where you trust the file, save only its weights: torch.save(model.state_dict(), PATH)"
        #expect(problem.hint == hint)
        let inside = try #require(
            samples.problem(samples.torch(.dictionary([("model", .pickle(module))]))))
        #expect(inside.text.hasSuffix("; the file's own: none"))
        #expect(inside.hint == "something in the file was left unbuilt; \(hint)")
    }

    // MARK: Refused

    private static let refused = [
        ("os", "system"), ("posix", "system"), ("nt", "system"), ("builtins", "eval"),
        ("builtins", "exec"), ("builtins", "getattr"), ("builtins", "__import__"),
        ("__builtin__", "eval"), ("__builtin__", "apply"), ("subprocess", "Popen"),
        ("subprocess", "run"), ("socket", "socket"), ("runpy", "run_path"), ("pty", "spawn"),
        ("webbrowser", "open"), ("operator", "attrgetter"), ("operator", "methodcaller"),
        ("functools", "partial"), ("importlib", "import_module"), ("pickle", "loads"),
        ("_pickle", "loads"), ("codecs", "decode"), ("_codecs", "lookup"), ("marshal", "loads"),
        ("types", "FunctionType"), ("types", "CodeType"), ("ctypes", "CDLL"), ("code", "interact"),
        ("torch", "load"), ("torch.hub", "load"), ("torch.storage", "_load_from_bytes"),
        ("torch.serialization", "load"), ("torch._utils", "__builtins__"),
        ("torch.nn.modules.module", "__builtins__.eval"), ("numpy", "load"),
        ("numpy.testing._private.utils", "runstring"), ("numpy.core.multiarray", "fromfile"),
        ("collections", "namedtuple"), ("pathlib", "os.system"), ("datetime", "sys.exit"),
        ("argparse", "ArgumentParser"), ("decimal", "getcontext"), ("random", "_os.system"),
        ("collections.abc", "Callable"), ("builtins", "type"), ("builtins", "compile"),
        ("asyncio", "create_subprocess_shell"), ("commands", "getoutput"), ("sys", "modules"),
        ("pip", "main"), ("requests.api", "get"), ("mine", "os.system"), ("a b", "c"), ("", "x"),
    ]

    /// The ways of a pickle to call what it names: REDUCE, NEWOBJ, OBJ, INST, STACK_GLOBAL.
    private static func calls(_ module: String, _ name: String) -> [[UInt8]] {
        let text = TorchBuilder.text("x")
        let global = TorchBuilder.global(module, name)
        return [
            global + text + [0x85, 0x52], global + text + text + [0x86, 0x52],
            Array("(".utf8) + global + text + text + Array("o".utf8),
            Array("(".utf8) + text + text + Array("i\(module)\n\(name)\n".utf8),
            TorchBuilder.text(module) + TorchBuilder.text(name) + [0x93] + text + text + [
                0x86, 0x52,
            ],
        ]
    }

    @Test(arguments: refused.indices)
    func whatCouldRunSomethingIsRefusedByName(index: Int) throws {
        let (module, name) = Self.refused[index]
        for call in Self.calls(module, name) {
            let problem = try #require(samples.get().problem(file(call)), "\(module).\(name)")
            #expect(problem.text.hasPrefix("refuses to build '\(module).\(name)' at byte "))
            #expect(problem.text.hasSuffix(" of 'archive/data.pkl'"))
            #expect(problem.hint?.contains("torch.save(model.state_dict(), PATH)") == true)
        }
    }

    /// Functions of somebody's own are not called either; objects of their classes are stepped over.
    @Test func callsOfOwnFunctionsAreRefused() throws {
        for call in Self.calls("mine.tools", "download") {
            let problem = try #require(samples.get().problem(file(call)))
            #expect(problem.text.hasPrefix("refuses to build 'mine.tools.download' at byte "))
        }
        let object = TorchBuilder.global("mine.tools", "download") + [0x29, 0x81]
        #expect(try samples.get().problem(file(object)) == nil)
    }

    @Test func namesOfEndlessLengthAreRefused() throws {
        let long = String(repeating: "a", count: 5000)
        let problem = try #require(samples.get().problem(file(TorchBuilder.global("m", long))))
        #expect(problem.text.count < 300)
    }
}
