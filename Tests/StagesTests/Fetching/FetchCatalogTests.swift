import Data
import Foundation
import Pipeline
import Stages
import TestSupport
import Testing

/// What the catalogue says.
@Suite struct FetchCatalogTests {
    @Test func namesAreUniqueAndKnownToPipelineFiles() {
        let names = FetchItem.catalog.map(\.name)
        #expect(Set(names).count == names.count)
        let known = Catalog.registry.datasets.map(\.name) + Catalog.registry.checkpoints.map(\.name)
        for item in FetchItem.catalog {
            #expect(known.contains(item.name), "no pipeline file can name '\(item.name)'")
        }
    }

    /// What is in a pipeline file by name can be fetched, or is made of or with the program.
    @Test func everyPublishedDatasetAndCheckpointIsThere() {
        let own = ["image-folder", "embedded", "sequence", "five-datasets", "quickstart-vit"]
        let names = Set(FetchItem.catalog.map(\.name))
        for entry in Catalog.registry.datasets + Catalog.registry.checkpoints
        where !own.contains(entry.name) {
            #expect(names.contains(entry.name), "'\(entry.name)' cannot be fetched")
        }
    }

    @Test(arguments: FetchItem.catalog.map(\.name)) func anItemIsComplete(name: String) throws {
        let item = try #require(FetchItem.named(name))
        #expect(!item.about.isEmpty && !item.licence.isEmpty && FetchItem.isAddress(item.page))
        #expect(!item.files.isEmpty)
        #expect(Set(item.files.map(\.name)).count == item.files.count)
        for file in item.files {
            #expect(!file.name.contains("/") && !file.name.hasPrefix("."))
            for address in file.addresses { #expect(URL(string: address)?.host != nil) }
            #expect(file.items.allSatisfy { !$0.contains("/") })
            #expect(file.expectation.byteCount ?? 1 > 0)
            // Every dataset states its size and checksum, except where nobody does.
            if item.kind == .dataset, item.name != "domainnet",
                !["imagenet-r_train.yaml", "notMNIST.zip"].contains(file.name)
            {
                #expect(file.expectation.byteCount != nil && file.expectation.checksum != nil)
            }
        }
    }

    @Test(.enabled(if: SharedData.real != nil, "no real data here"))
    func theListOfImageNetRIsTheOneOfTheCatalogue() throws {
        let real = try #require(SharedData.real)
        let path = real.appending(path: "lists/imagenet-r_test.yaml").path
        let item = try #require(FetchItem.named("imagenet-r"))
        let file = try #require(item.files.first { $0.name == "imagenet-r_test.yaml" })
        #expect(try BinaryFile(path).byteCount == file.expectation.byteCount)
        let digest = try Checksum.Algorithm.sha256.digest(ofFile: path)
        #expect(file.expectation.checksum?.matches(digest ?? "") == true)
    }

    @Test func aChecksumIsReadAndCompared() throws {
        let folder = try TemporaryFolder()
        try Data("abc".utf8).write(to: folder.url.appending(path: "f"))
        // The test suites of RFC 1321 and FIPS 180-4.
        let md5 = try #require(Checksum("md5:900150983cd24fb0d6963f7d28e17f72"))
        let sha256 = try #require(
            Checksum("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"))
        for checksum in [md5, sha256] {
            let digest = try checksum.algorithm.digest(ofFile: folder.path("f"))
            #expect(checksum.matches(try #require(digest)))
            #expect(!checksum.matches("0" + (digest ?? "").dropFirst()))
        }
        #expect(Checksum("md5:900150")?.description == "md5:900150…")
        for text in ["md5:90015", "md5:90015x", "sha1:900150983c", "900150983cd2", "md5:", ""] {
            #expect(Checksum(text) == nil)
        }
        #expect(Checksum(.md5, String(repeating: "0", count: 33)) == nil)
        #expect(throws: FileError.self) {
            try Checksum.Algorithm.md5.digest(ofFile: folder.path("none"))
        }
    }

    @Test(
        arguments: [
            ("bytes 5-9/10", 5...9, 10), ("Bytes 0-0/*", 0...0, nil), ("bytes */7", nil, 7),
        ] as [(String, ClosedRange<Int>?, Int?)])
    func aContentRangeIsRead(text: String, bytes: ClosedRange<Int>?, total: Int?) {
        #expect(ContentRange(text)?.bytes == bytes)
        #expect(ContentRange(text)?.total == total)
    }

    @Test(arguments: [
        "", "bytes", "bytes 5-9", "bytes 9-5/10", "bytes -5/10", "chars 0-1/2", "bytes 0-1/-2",
        "bytes 0-1/2/3", "bytes 99999999999999999999-1/2",
    ])
    func aMalformedContentRangeIsNone(text: String) {
        #expect(ContentRange(text) == nil)
    }
}
