import Data
import Foundation
import Pipeline
import TestSupport
import Testing

/// `fetch` as a user runs it, against a server on the loopback address.
@Suite struct FetchTests {
    static let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 9) }
    static let sha256 = Digest(of: content).hex

    let folder: TemporaryFolder
    let program: Program

    init() throws {
        folder = try TemporaryFolder()
        var program = Program(folder: folder.url)
        program.environment = ["no_proxy": "127.0.0.1"]
        self.program = program
    }

    private func server(
        _ change: @escaping @Sendable (LoopbackServer.Answer, Int) -> LoopbackServer.Answer = {
            answer, _ in answer
        }
    ) throws -> LoopbackServer {
        try LoopbackServer { request, number in
            change(LoopbackServer.file(Self.content, request), number)
        }
    }

    private func bytes(_ name: String) -> [UInt8]? {
        (try? Data(contentsOf: folder.url.appending(path: name))).map { [UInt8]($0) }
    }

    /// The message with what differs from run to run replaced.
    private func plain(_ text: String, _ server: LoopbackServer) -> String {
        text.replacing(folder.path, with: "DIR").replacing(":\(server.port)/", with: ":PORT/")
            .replacing(#/after \d+ ms/#, with: "after N ms")
    }

    @Test func aFileByItsAddressIsCheckedAndPlaced() throws {
        let server = try server()
        let arguments = ["fetch", server.address("vit.bin"), "--digest", "sha256:\(Self.sha256)"]
        let first = try program.run(arguments)
        #expect(first.exitCode == 0 && first.errors.isEmpty, "\(first.errors)")
        #expect(first.output.hasSuffix("vit.bin: ready in ./vit.bin\n"), "\(first.output)")
        let isWhole = bytes("vit.bin") == Self.content
        #expect(isWhole)
        let second = try program.run(arguments)
        #expect(second.exitCode == 0 && second.output == "vit.bin: already there\n")
        #expect(server.requests.count == 1)
    }

    @Test func aNamedCheckpointComesFromTheMirrorToWherePipelinesLook() throws {
        let server = try server()
        var program = program
        program.environment["HIDE_FETCH_MIRROR"] = server.address("mirror")
        let outcome = try program.run("fetch", "sup21k-orig")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(server.requests.map(\.path) == ["/mirror/sup21k-orig/ViT-B_16.npz"])
        let isWhole = bytes("checkpoints/ViT-B_16.npz") == Self.content
        #expect(isWhole)
        let moved = try program.run("fetch", "sup21k-orig", "--to", "weights/own.npz")
        #expect(moved.exitCode == 0, "\(moved.errors)")
        #expect(bytes("weights/own.npz")?.count == Self.content.count)
    }

    /// The name of the file of DeiT begins its digest, and this file has another one.
    @Test func wrongContentIsRefusedWithTheStepsByHand() throws {
        let server = try server()
        let outcome = try program.run("fetch", "deit", "--mirror", server.address(""))
        #expect(outcome.exitCode == 66)
        let file = "deit_base_patch16_224-b5f2ef4d.pth"
        #expect(
            plain(outcome.errors, server) == """
                'deit' cannot be fetched: http://127.0.0.1:PORT/deit/\(file): the content is \
                another one and is removed: expected sha256:b5f2ef4d…, received sha256:\(Self.sha256)
                  hint: get by hand, from https://github.com/facebookresearch/deit or from \
                somebody who has it:
                          \(file) (sha256:b5f2ef4d…)
                        then run this, which checks it and puts it into './checkpoints':
                          hide-pipeline fetch deit --from \(file)

                """)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path("checkpoints")) == [])
    }

    @Test func aSizeThatIsNotTheOfficialOneIsRefused() throws {
        let server = try server()
        let outcome = try program.run(
            "fetch", "cub200", "--mirror", server.address(""), "--root", "data")
        #expect(outcome.exitCode == 66)
        #expect(
            plain(outcome.errors, server).hasPrefix(
                "'cub200' cannot be fetched: http://127.0.0.1:PORT/cub200/CUB_200_2011.tgz: the "
                    + "server offers 300000 bytes, expected 1150585339\n"), "\(outcome.errors)")
        #expect(outcome.errors.contains("fetch cub200 --root data --from CUB_200_2011.tgz\n"))
    }

    @Test func aDeadAddressGivesOneErrorWithTheStepsByHand() throws {
        let server = try LoopbackServer { _, _ in
            LoopbackServer.Answer("404 Not Found", ["Content-Length": "0"])
        }
        let address = "http://127.0.0.1:\(try LoopbackServer.deadPort())/"
        for (mirror, problem) in [
            (server.address(""), "the server answers 404 (not found)"),
            (
                address,
                "Failed to connect to 127.0.0.1 port N after N ms: Couldn't connect to server"
            ),
        ] {
            let outcome = try program.run("fetch", "mae", "--mirror", mirror)
            #expect(outcome.exitCode == 66)
            let message = outcome.errors.replacing(mirror, with: "MIRROR/")
                .replacing(#/after \d+ ms/#, with: "after N ms")
                .replacing(#/port \d+/#, with: "port N")
            #expect(
                message == """
                    'mae' cannot be fetched: MIRROR/mae/mae_pretrain_vit_base.pth: \(problem)
                      hint: get by hand, from https://github.com/facebookresearch/mae or from \
                    somebody who has it:
                              mae_pretrain_vit_base.pth
                            then run this, which checks it and puts it into './checkpoints':
                              hide-pipeline fetch mae --from mae_pretrain_vit_base.pth

                    """)
        }
    }

    @Test func aStalledAndACutTransferAreResumed() throws {
        let server = try server { answer, number in
            switch number {
            case 0: answer.cut(after: 100_000, .stall)
            case 1: answer.cut(after: 100_000)
            default: answer
            }
        }
        let outcome = try program.run("fetch", server.address("f.bin"), "--patience", "1")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(server.requests.map(\.firstByte) == [nil, 100_000, 200_000])
        let isWhole = bytes("f.bin") == Self.content
        #expect(isWhole)
    }

    @Test func aStopKeepsThePartAndTheSameCommandResumes() throws {
        let server = try server { answer, number in
            number == 0 ? answer.cut(after: 200_000, .stall) : answer
        }
        let arguments = ["fetch", server.address("f.bin"), "--digest", "sha256:\(Self.sha256)"]
        let running = try program.start(arguments)
        let end = Date() + 60
        while running.process.isRunning, bytes("f.bin.part")?.count != 200_000, Date() < end {
            usleep(2000)
        }
        running.signal(SIGINT)
        let stopped = running.wait()
        #expect(stopped.exitCode == 130)
        #expect(
            stopped.errors == """
                interrupted: './f.bin.part' keeps 200000 bytes
                  hint: run again to resume

                """)
        let resumed = try program.run(arguments)
        #expect(resumed.exitCode == 0, "\(resumed.errors)")
        #expect(resumed.output.contains("f.bin: resuming after 200000 bytes\n"))
        #expect(server.requests.map(\.firstByte) == [nil, 200_000])
        let isWhole = bytes("f.bin") == Self.content
        #expect(isWhole)
        #expect(bytes("f.bin.part") == nil && bytes("f.bin.part.source") == nil)
    }

    @Test func anArchiveIsUnpackedAndRemoved() throws {
        let archive = ArchiveBuilder.tar([
            .init("notMNIST/Train/A/1.png", [1, 2, 3]), .init("notMNIST/Test/A/2.png", [4]),
            .init("elsewhere", [5]),
        ])
        let server = try LoopbackServer { request, _ in LoopbackServer.file(archive, request) }
        let arguments = ["fetch", "not-mnist", "--mirror", server.address("")]
        let outcome = try program.run(arguments)
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        #expect(
            outcome.output.hasSuffix("notMNIST.zip: ready in ./datasets/notMNIST\n"),
            "\(outcome.output)")
        #expect(bytes("datasets/notMNIST/Train/A/1.png") == [1, 2, 3])
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("datasets"))
        #expect(names == ["notMNIST"])
        let second = try program.run(arguments)
        #expect(second.output == "notMNIST.zip: already there\n" && server.requests.count == 1)
    }

    @Test func aDamagedArchiveIsNamed() throws {
        let server = try server()
        let outcome = try program.run("fetch", "not-mnist", "--mirror", server.address(""))
        #expect(outcome.exitCode == 66)
        #expect(outcome.errors.hasPrefix("./datasets/notMNIST.zip: "), "\(outcome.errors)")
        #expect(bytes("datasets/notMNIST") == nil)
    }

    @Test func aFileThatTheUserHasIsCheckedAndCopied() throws {
        try Data(Self.content).write(to: folder.url.appending(path: "mine.pth"))
        let outcome = try program.run("fetch", "sup-weak", "--from", "mine.pth")
        #expect(outcome.exitCode == 0, "\(outcome.errors)")
        let isWhole = bytes("checkpoints/sup_weak_s16.pth") == Self.content
        #expect(isWhole)

        let wrong = try program.run("fetch", "cifar10", "--from", "mine.pth")
        #expect(wrong.exitCode == 66)
        #expect(
            wrong.errors == """
                mine.pth: has 300000 bytes, expected 170052171
                  hint: the published file is cifar-10-binary.tar.gz (170052171 bytes, \
                sha256:c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd)

                """)
        let absent = try program.run("fetch", "cifar10", "--from", "none")
        #expect(absent.exitCode == 66 && absent.errors == "none: does not exist\n")
        let other = try program.run("fetch", "svhn", "--from", "mine.pth")
        #expect(
            other.errors == """
                mine.pth: has not the name of a file of 'svhn'
                  hint: its files are 'train_32x32.mat', 'test_32x32.mat'

                """)
    }

    /// Two files whose owner's address is dead: everything that is missing is named at once.
    @Test func whatOnlyPeopleCanGetIsNamedWithTheSteps() throws {
        let outcome = try program.run("fetch", "sup-weak", "--to", "w/small.pth")
        #expect(outcome.exitCode == 66)
        #expect(
            outcome.errors == """
                'sup-weak' cannot be fetched: no program can download it
                  hint: get by hand, from \
                https://drive.google.com/drive/folders/1182VgriR841mvW2LXiARTSoBvbPho4Pf or from \
                somebody who has it:
                          sup_weak_s16.pth
                        then run this, which checks it and puts it into 'w':
                          hide-pipeline fetch sup-weak --to w/small.pth --from sup_weak_s16.pth

                """)
        let cars = try program.run("fetch", "stanford-cars")
        #expect(cars.exitCode == 66)
        for file in ["car_devkit.tgz", "cars_test_annos_withlabels.mat", "cars_train.tgz"] {
            #expect(cars.errors.contains(" --from \(file)"), "\(cars.errors)")
        }
    }

    @Test func oneThatFailsDoesNotKeepTheOthersFromComing() throws {
        let server = try server()
        let outcome = try program.run(
            "fetch", "deit", "sup21k-orig", "--mirror", server.address(""))
        #expect(outcome.exitCode == 66)
        #expect(bytes("checkpoints/ViT-B_16.npz") != nil)
    }

    @Test func anotherFileInThePlaceIsNotOverwritten() throws {
        let server = try server()
        try Data([1, 2]).write(to: folder.url.appending(path: "f.bin"))
        let outcome = try program.run(
            "fetch", server.address("f.bin"), "--digest", "sha256:\(Self.sha256)")
        #expect(outcome.exitCode == 66)
        #expect(
            outcome.errors == """
                ./f.bin: is in the way: it is another file: \
                sha256:\(Digest(of: [UInt8]([1, 2])).hex), expected sha256:\(Self.sha256)
                  hint: move it away, then run again

                """)
        #expect(bytes("f.bin") == [1, 2] && server.requests.isEmpty)
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "cannot mount a file system here"))
    func aFullDiskIsAnErrorOfTheDisk() throws {
        let disk = try SmallDisk()
        try disk.fill(leaving: 100_000)
        let server = try server()
        let outcome = try program.run("fetch", server.address("f.bin"), "--root", disk.path)
        #expect(outcome.exitCode == 74)
        #expect(
            outcome.errors == "cannot write '\(disk.path)/f.bin.part': No space left on device\n")
        try disk.empty()
        let second = try program.run("fetch", server.address("f.bin"), "--root", disk.path)
        #expect(second.exitCode == 0, "\(second.errors)")
    }

    /// The archive fits on the disk, what it holds does not fit beside it.
    @Test(.enabled(if: SmallDisk.isAvailable, "cannot mount a file system here"))
    func aFullDiskWhileUnpackingIsAnErrorOfTheDisk() throws {
        let disk = try SmallDisk()
        let archive = ArchiveBuilder.tar([
            .init("notMNIST/Train/A/1.png", [UInt8](repeating: 1, count: 600_000))
        ])
        let server = try LoopbackServer { request, _ in LoopbackServer.file(archive, request) }
        let outcome = try program.run(
            "fetch", "not-mnist", "--mirror", server.address(""), "--root", disk.path)
        #expect(outcome.exitCode == 74)
        #expect(
            outcome.errors.replacing(disk.path, with: "DISK")
                == "cannot write 'DISK/.unpacking-notMNIST.zip/notMNIST/Train/A/1.png': "
                + "No space left on device\n")
        let names = try FileManager.default.contentsOfDirectory(atPath: disk.path)
        #expect(names == ["notMNIST.zip"])
    }

    @Test func progressIsOneObjectALine() throws {
        let server = try server()
        let outcome = try program.run("fetch", server.address("f.bin"), "--json")
        let events = Event.list(outcome.output)
        #expect(events.count == outcome.output.split(separator: "\n").count)
        #expect(events.first?.name == "fetch-started")
        #expect(events.last?.name == "fetch-finished")
        #expect(events.contains { $0.count("done") == 300_000 && $0.count("of") == 300_000 })
    }

    @Test func theCatalogueIsListed() throws {
        let text = try program.run("fetch", "--list")
        #expect(text.exitCode == 0)
        for item in FetchItem.catalog { #expect(text.output.contains("\n  \(item.name): ")) }
        let json = try program.run("fetch", "--list", "--json")
        let rows = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
        #expect(rows.count == FetchItem.catalog.map(\.files.count).reduce(0, +))
        for row in rows { #expect((row["licence"] as? String)?.isEmpty == false) }
    }

    @Test(arguments: [
        (
            ["cifar1000"],
            "'cifar1000' is no dataset or checkpoint that can be fetched\n"
                + "  hint: did you mean 'cifar100'?\n"
        ),
        ([], "no name is given\n  hint: 'hide-pipeline fetch --list' shows the names\n"),
        (["mae", "deit", "--to", "x"], "--from, --to and --digest go with one name\n"),
        (
            ["cub200", "--to", "x"],
            "--to: 'cub200' is more than one file\n"
                + "  hint: --root names the folder to put them into\n"
        ),
        (
            ["http://127.0.0.1/f", "--digest", "sha1:00"],
            "--digest 'sha1:00' is no checksum\n"
                + "  hint: sha256:DIGITS or md5:DIGITS, at least 6 of them\n"
        ),
        (
            ["mae", "--digest", "md5:001122"],
            "--digest is for a file by its address\n"
                + "  hint: the checksum of 'mae' is in the catalogue, where it is known\n"
        ),
        (["mae", "--patience", "0"], "--patience must be at least 1, --retries at least 0\n"),
        (["mae", "--to", "x", "--root", "y"], "--to and --root exclude each other\n"),
    ])
    func mistakesOfTheCommandLine(arguments: [String], message: String) throws {
        let outcome = try program.run(["fetch"] + arguments)
        #expect(outcome.exitCode == 64)
        #expect(outcome.errors == message)
    }
}
