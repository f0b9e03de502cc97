import CHDF5
import Foundation
import Glibc
import Pipeline
import Synchronization
import TestSupport
import Testing

/// Files that name other files are read without them.
@Suite struct ForeignLinkTests {
    private let folder: TemporaryFolder
    private let numbers = TypedArray(shape: [2], .int64([1, 2]))

    init() throws { folder = try TemporaryFolder() }

    /// A file with the dataset `secret`, which another file is to show.
    private func other() throws -> String {
        let path = folder.path("other.h5")
        let file = try HDF5File.create(path)
        try file.write(numbers, to: "secret")
        try file.close()
        return path
    }

    /// Makes a file with the dataset `own` and what `add` adds by calls of the library.
    private func made(_ add: (hid_t) -> Void) throws -> HDF5File {
        let path = folder.path("made.h5")
        let file = try HDF5File.create(path)
        try file.write(numbers, to: "group/own")
        try file.change(add)
        try file.close()
        return try HDF5File.open(path)
    }

    private func problem(_ file: HDF5File, _ path: String) -> String? {
        let error = #expect(throws: HDF5Error.self) { try file.read(path) }
        #expect(throws: HDF5Error.self) { try file.shape(of: path) }
        return error?.problem
    }

    @Test func linksAreNamedAndNotFollowed() throws {
        let other = try other()
        let file = try made { file in
            H5Lcreate_external(other, "/secret", file, "outside", 0, 0)
            H5Lcreate_external(other, "/", file, "root", 0, 0)
            H5Lcreate_external("/etc/passwd", "/x\u{1B}[2J", file, "password", 0, 0)
            H5Lcreate_soft("/group/own", file, "inside", 0, 0)
            H5Lcreate_soft("/loop", file, "loop", 0, 0)
            H5Lcreate_hard(file, "/group/own", file, "same", 0, 0)
        }
        #expect(try file.read("same") == numbers)
        #expect(
            problem(file, "outside")
                == "it is a link to '/secret' in the file '\(other)', which is not followed")
        #expect(
            problem(file, "root/secret")
                == "it is a link to '/' in the file '\(other)', which is not followed")
        #expect(
            problem(file, "password")
                == "it is a link to '/x\\u{1B}[2J' in the file '/etc/passwd', which is not followed"
        )
        #expect(problem(file, "inside") == "it is a link to '/group/own', which is not followed")
        #expect(problem(file, "loop") == "it is a link to '/loop', which is not followed")
        #expect(throws: HDF5Error.self) { try file.contains("root/secret") }
        #expect(throws: HDF5Error.self) { try file.attributes(of: "outside") }
        #expect(throws: HDF5Error.self) { try file.children(of: "root") }
        #expect(
            try file.datasets()
                == ["group/own", "inside", "loop", "outside", "password", "root", "same"])
        let text = try #require(try ArtifactDescription.text(of: folder.path("made.h5")))
        #expect(
            text.contains(
                "outside: cannot be read: it is a link to '/secret' in the file '\(other)'"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test func elementsInOtherFilesAreNotRead() throws {
        let raw = try folder.write([UInt8](repeating: 65, count: 16), to: "raw")
        let other = try other()
        let file = try made { file in
            var extent: hsize_t = 2
            let space = H5Screate_simple(1, &extent, nil)
            let outside = H5Pcreate(hide_h5_class_of_creation())
            H5Pset_external(outside, raw, 0, 16)
            let type = hide_h5_file_int64()
            H5Dclose(H5Dcreate2(file, "outside", type, space, 0, outside, 0))
            let virtual = H5Pcreate(hide_h5_class_of_creation())
            H5Pset_virtual(virtual, space, other, "secret", space)
            H5Dclose(H5Dcreate2(file, "virtual", type, space, 0, virtual, 0))
            for list in [outside, virtual] { H5Pclose(list) }
            H5Sclose(space)
        }
        #expect(
            problem(file, "outside") == "its elements lie in the file '\(raw)', which is not opened"
        )
        #expect(
            problem(file, "virtual")
                == "it is put together from other datasets ('\(other)'), which are not opened")
        #expect(try file.read("group/own") == numbers)
    }

    @Test func aFilterOfOthersIsNotLoaded() throws {
        let file = try made { file in
            var extent: hsize_t = 2
            let space = H5Screate_simple(1, &extent, nil)
            let list = H5Pcreate(hide_h5_class_of_creation())
            H5Pset_chunk(list, 1, &extent)
            // Optional: the dataset may be made without it.
            H5Pset_filter(list, 32004, 1, 0, nil)
            H5Dclose(H5Dcreate2(file, "filtered", hide_h5_file_int64(), space, 0, list, 0))
            H5Pclose(list)
            H5Sclose(space)
        }
        #expect(problem(file, "filtered") == "it needs the filter 32004, which is not loaded")
    }

    @Test func extentsBeyondAllNumbersAreRefusedEvenWhenNothingIsThere() throws {
        let file = try made { file in
            var extents: [hsize_t] = [1 << 40, 1 << 40, 0]
            let space = H5Screate_simple(3, &extents, nil)
            H5Dclose(H5Dcreate2(file, "empty", hide_h5_file_int64(), space, 0, 0, 0))
            H5Sclose(space)
        }
        let error = #expect(throws: HDF5Error.self) { try file.read("empty") }
        #expect(
            error?.problem
                == "shape [1099511627776, 1099511627776, 0] is more than the limit of "
                + "1099511627776 bytes")
    }

    // MARK: Bytes that cannot be had

    /// Bytes of which the n-th read fails, from 0.
    private func failing(_ failure: FileError, at position: Int, _ bytes: [UInt8]) -> HDF5Source {
        let memory = HDF5Source(bytes)
        let count = Mutex(-1)
        return HDF5Source(byteCount: bytes.count) { (offset, buffer) throws(FileError) in
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == position { throw failure }
            try memory.read(offset, buffer)
        }
    }

    /// A failing read is that error, and the library goes on with other files.
    @Test func aFailingReadIsItsErrorAndNoCrash() throws {
        let path = try other()
        let bytes = try DiskFiles().read(path)
        let failure = FileError(operation: "read", path: path, code: EIO)
        for position in 0..<40 {
            let source = failing(failure, at: position, bytes)
            do throws(HDF5Error) {
                let file = try HDF5File.open(source, as: path)
                #expect(try file.read("secret") == numbers)
                try file.close()
            } catch {
                #expect(source.failure == failure && error.problem == failure.problem)
            }
            #expect(try HDF5File.open(path).read("secret") == numbers)
        }
        #expect(HDF5Source(bytes).failure == nil)
    }

    @Test func bytesInMemoryAreReadLikeAFile() throws {
        let bytes = try DiskFiles().read(try other())
        let file = try HDF5File.open(HDF5Source(bytes), as: "memory")
        #expect(try file.read("secret") == numbers && file.datasets() == ["secret"])
        for count in stride(from: 0, to: bytes.count, by: 50) {
            let cut = HDF5Source(Array(bytes.prefix(count)))
            #expect(throws: HDF5Error.self) {
                try HDF5File.open(cut, as: "cut").read("secret")
            }
        }
    }
}
