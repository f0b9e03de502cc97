import Data
import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

@Suite struct DomainNetTests {
    private let folder: TemporaryFolder

    /// Two domains with two classes, a picture each to train and to test: 8 by 8 pixels, brighter than another
    /// domain's and with a label.
    init() throws {
        folder = try TemporaryFolder()
        for (part, domain) in ["real", "sketch"].enumerated() {
            for (index, split) in Split.allCases.enumerated() {
                var lines = ""
                for (label, name) in ["ant", "bus"].enumerated() {
                    let path = "\(domain)/\(name)/\(split.rawValue).png"
                    let level = UInt8(20 + 100 * part + 40 * label + 10 * index)
                    let row = [UInt8](repeating: level, count: 8)
                    let picture = PNGBuilder.file(
                        width: 8, height: 8, depth: 8, colorType: 0,
                        rows: Array(repeating: row, count: 8))
                    try folder.write(picture, to: "domainnet/\(path)")
                    lines += "\(path) \(label)\r\n"
                }
                try write(lines, "\(domain)_\(split.rawValue).txt")
            }
        }
    }

    private func write(_ text: String, _ list: String) throws {
        try folder.write(Array(text.utf8), to: "domainnet/\(list)")
    }

    private var domains: DomainNet {
        DomainNet(root: folder.url.path, domains: ["sketch", "real"])
    }

    private func message() -> String? {
        let error = #expect(throws: UnreadableInput.self) {
            try domains.listing(CountingFingerprints())
        }
        return error?.description.replacingOccurrences(of: folder.url.path, with: "ROOT")
            .split(separator: "\n").first.map(String.init)
    }

    @Test func theListsGiveClassesDomainsAndSplit() throws {
        let listing = try domains.listing(CountingFingerprints())
        #expect(listing.classNames == ["ant", "bus"] && listing.domains == ["sketch", "real"])
        #expect(listing.entries.map(\.part) == [0, 0, 0, 0, 1, 1, 1, 1])
        #expect(listing.entries.map(\.label) == [0, 1, 0, 1, 0, 1, 0, 1])
        #expect(listing.entries.prefix(4).map(\.split) == [.train, .train, .test, .test])
        #expect(listing.entries[5].path == "real/bus/train.png")
        #expect(try domains.picture(listing.entries[5]).pixels.first == 60)
    }

    @Test func theFiguresOfTheDomainsAddUpToThePublishedOnes() {
        let all = DomainNet(root: "x")
        #expect(all.official == OfficialFigures(classes: 345, train: 409_832, test: 176_743))
        #expect(
            domains.official
                == OfficialFigures(classes: 345, train: 169_118, test: 72_957))
        #expect(all.domains == all.domains.sorted() && all.domains.count == 6)
    }

    @Test func aMistakeInAListIsNamedWithItsLine() throws {
        try write("real/ant/train.png 0\nreal/bus/train.png 345\n", "real_train.txt")
        #expect(
            message()
                == "ROOT/domainnet/real_train.txt:2: 'real/bus/train.png 345' is not "
                + "real/CLASS/PICTURE LABEL with a label from 0 to 344")
        try write("real/ant/train.png 0\nreal/ant/train.png 1\n", "real_train.txt")
        #expect(
            message()
                == "ROOT/domainnet/real_train.txt:2: label 1 is 'ant' here and 'bus' in a line before"
        )
        for bad in [
            "sketch/ant/train.png 0", "real/../train.png 0", "real/ant 0", "real/ant/x.png",
        ] {
            try write(bad, "real_train.txt")
            #expect(message()?.contains("real_train.txt:1: ") == true, "\(bad)")
        }
        try write("", "real_train.txt")
        #expect(message() == "ROOT/domainnet/real_train.txt: lists no picture")
    }

    @Test func theOrderOfTheDomainsIsAnotherDataset() throws {
        let other = DomainNet(root: folder.url.path, domains: ["real", "sketch"])
        let digests = try [domains, other].map {
            try DatasetSource($0, counts: .any).digest(CountingFingerprints()).digest
        }
        #expect(digests[0] != digests[1])
    }

    /// Training, evaluation and class means over domains, end to end.
    @Test func domainsAreLearnedOneAfterTheOther() throws {
        let lab = try TinyLab(
            """
              domains:
                uses: dataset
                with: {name: domainnet, root: \(folder.url.path), domains: [sketch, real], counts: any, normalize: symmetric, augment: none}
              shared:
                uses: train-shared-pet
                needs: {backbone: backbone, data: domains}
                with: {seed: 1, pet: {lora: {rank: 2, blocks: [0]}}, \(TinyLab.training)}
              scores: {uses: evaluate, needs: {model: shared}}
              means: {uses: nearest-class-mean, needs: {backbone: backbone, data: domains}}

            """)
        let manifest = try DatasetManifest(artifact: try lab["domains/split"])
        #expect(manifest.divisions == [0, 1].map { DatasetTask(labels: [0, 1], parts: [$0]) })
        #expect(
            manifest.entries(split: .test, task: 1).map(\.path).allSatisfy { $0.hasPrefix("real/") }
        )
        // The rows go on from those of the last domain.
        let second = try #require(lab.file.graph.unit(named: "shared/train[2]"))
        #expect(second.definition.inputs.contains { $0.role == "rows" })
        for stage in ["scores", "means"] {
            let row = try lab.doubles("accuracy", of: "\(stage)/evaluate[2]")
            #expect(row.count == 2 && row.allSatisfy { (0...100).contains($0) })
            let identity = try lab.doubles("task-identity", of: "\(stage)/evaluate[2]")
            #expect(identity.count == 2 && identity.allSatisfy(\.isNaN))
            let summary = try lab["\(stage)/summary"]
            #expect(summary.attributes["metric.faa"] != nil)
            #expect(summary.attributes["metric.tii-accuracy"] == nil)
        }
        #expect(lab.warnings.filter { !$0.contains("not as published") }.isEmpty, "\(lab.warnings)")
    }
}
