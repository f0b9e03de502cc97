import Data
import Foundation
import TestSupport
import Testing

/// The user's folders and files are looked at through `InputPath`, `BinaryFile` and the file layer alone:
/// the calls of Foundation say `false` and `nil` for an error as for an absence.
@Suite struct InputAccessTests {
    /// Calls that an error of the system looks like an absence in.
    private static var calls: [(name: String, pattern: Regex<Substring>)] {
        [
            ("contentsOfDirectory", #/contentsOfDirectory/#), ("fileExists", #/fileExists\(/#),
            ("FileManager.contents", #/\.contents\(atPath/#),
            ("subpaths", #/subpaths\(|subpathsOfDirectory|enumerator\(at/#),
            ("isReadableFile", #/is(?:Readable|Writable|Executable)File\(/#),
            ("attributesOfItem", #/attributesOfItem/#), ("access", #/[^.a-zA-Z]access\(/#),
            ("opendir", #/[^.a-zA-Z](?:opendir|readdir|scandir)\(/#),
            ("Data(contentsOf", #/(?:Data|String)\(contentsOf/#),
            (
                "try? of a reading",
                #/try\? (?:BinaryFile|InputPath|Data|String\(contents|disk\.read|DiskFiles|files\.read)/#
            ),
        ]
    }

    /// The files that may, and why.
    private static let allowed = [
        "Pipeline/Input/InputPath.swift": "the door itself",
        "Pipeline/Input/FolderListing.swift": "the one listing, of which every error is an error",
        "Pipeline/Store/Fingerprints.swift": "a memory that cannot be read is filled again",
        "Pipeline/Store/VectorMemo.swift": "a memory that cannot be read is filled again",
        "Pipeline/Store/HDF5ArtifactStore.swift": "a record that cannot be read makes its unit run",
        "Pipeline/Store/HDF5ArtifactStore+Progress.swift":
            "progress that cannot be read is made again",
        "Pipeline/Spec/SpecParser.swift": "pipeline files, whose every failure is an error",
        "Data/Fetching/PartialFile.swift": "what cannot be read is fetched anew",
        "Data/Isolation/IsolatedWorker.swift":
            "the process's own memory, of which 0 is a safe guess",
        "Stages/Units/AvailableCores.swift": "the kernel's files, without which there is no quota",
        "Data/Loading/PictureCheck.swift":
            "first bytes, looked at early: whoever reads the file meets the error",
        "Data/Datasets/RootSearch.swift": "looks for advice after an error, which stays",
    ]

    @Test func theUsersFilesAreReadThroughOneDoor() throws {
        let root = SharedData.packageRoot.appending(path: "Sources")
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
            .filter { $0.hasSuffix(".swift") && !$0.contains("-bench/") }
        #expect(names.count > 200)
        #expect(Set(Self.allowed.keys).isSubset(of: names), "a file that may is gone")
        for name in names where Self.allowed[name] == nil {
            let text = try String(contentsOf: root.appending(path: name), encoding: .utf8)
            for line in text.split(separator: "\n") {
                let code = line.prefix(upTo: line.firstRange(of: "//")?.lowerBound ?? line.endIndex)
                for call in Self.calls where code.contains(call.pattern) {
                    Issue.record("\(name) calls \(call.name): \(line)")
                }
            }
        }
    }
}
