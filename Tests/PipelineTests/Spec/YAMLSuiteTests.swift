import Foundation
import Pipeline
import TestSupport
import Testing

/// The public YAML test suite, as far as a pipeline file can say it: text keys, no tags.
@Suite(.enabled(if: SharedData.real != nil, "needs the shared real data"))
struct YAMLSuiteTests {
    private enum Outcome {
        case documents([Value])
        case refused(String)
    }

    private func archive() throws -> [String: Data] {
        let folder = try #require(SharedData.real)
        return try TarArchive(folder.appending(path: "yaml/yaml_test_suite.tar")).files
    }

    private func outcome(_ data: Data) -> Outcome {
        let problems = ProblemList()
        do {
            let nodes = try YAMLComposer.documents([UInt8](data), file: "in", problems: problems)
            try problems.throwIfAny()
            return .documents(nodes.map(\.value))
        } catch {
            return .refused("\(error)")
        }
    }

    /// Cases that YAML 1.2 forbids and libyaml reads: a comment straight after `,`, `]` or `|`, a
    /// flow list that is indented less than its key, a directive without the document end before
    /// it, tabs behind an indicator, and blank lines longer than the block text under them.
    /// All keep the meaning that the text suggests.
    private static let lenient: Set = [
        "9C9N", "9JBA", "CVW2", "EB22", "S98Z", "X4QW", "Y79Y/003",
    ]

    /// Cases of YAML 1.2 that libyaml reads as YAML 1.1 did: `?foo` and `:` in flow keys, `:` in
    /// an anchor, block text without a line end at the end of the file.
    private static let different: Set = ["652Z", "HM87/01", "JEF9/02", "L24T/01", "Y2GN"]

    /// Valid YAML 1.2 that libyaml refuses: `:` next to a bracket or a line end in flow style, tabs as
    /// blanks, empty keys, unknown directives, unusual document ends, emoji in anchors. A refusal
    /// has a place, and the text has an ordinary spelling.
    private static let refused: Set = [
        "2SXE", "4ABK", "4MUZ/00", "4MUZ/01", "4MUZ/02", "5T43", "6CA3", "6LVF", "6M2F", "7Z25",
        "96NN/00", "96NN/01", "CFD4", "DBG4", "DK3J", "FRK4", "HM87/00", "HWV9", "K3WX",
        "M2N8/00", "NHX8", "NJ66", "QT73", "R4YG", "S3PD", "SM9W/01", "UT92", "W4TN", "W5VH",
        "Y79Y/001", "Y79Y/010",
    ]

    @Test func everyCaseIsReadOrRefusedAsTheSuiteSays() throws {
        let files = try archive()
        var counts = (equal: 0, refused: 0, outside: 0)
        for (path, data) in files.sorted(by: { $0.key < $1.key }) where path.hasSuffix("/in.yaml") {
            let id = String(path.dropLast("/in.yaml".count))
            let mustFail = files["\(id)/error"] != nil
            switch outcome(data) {
            case .refused(let reason) where mustFail:
                counts.refused += 1
                #expect(!Self.lenient.contains(id), "\(id): \(reason)")
            case .refused(let reason) where Self.isOutsideTheSubset(reason):
                counts.outside += 1
            case .refused(let reason):
                #expect(Self.refused.contains(id), "\(id): \(reason)")
            case .documents where mustFail:
                #expect(Self.lenient.contains(id), "\(id) must be refused")
            case .documents(let values):
                guard let json = files["\(id)/in.json"] else { continue }
                let isEqual = try JSONStream.values([UInt8](json)) == values
                counts.equal += isEqual ? 1 : 0
                #expect(isEqual != Self.different.contains(id), "\(id): \(values)")
            }
        }
        #expect(counts.refused == 46)
        #expect(counts.equal > 100)
        #expect(counts.outside > 10)
    }

    /// Tags and keys that are not text: refused by a pipeline file, whatever YAML says.
    private static func isOutsideTheSubset(_ reason: String) -> Bool {
        reason.split(separator: "\n").allSatisfy {
            $0.contains(" is not allowed") || $0.contains("a key must be text")
                || $0.contains("hint: a pipeline file has no tags")
        }
    }
}
