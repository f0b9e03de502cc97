import Foundation
import Glibc
import TestSupport

/// A disk of one megabyte in memory, mounted on a folder of its own and unmounted when the value goes
/// away. Only the superuser may do that, and not in every container.
final class SmallDisk {
    /// Why a disk cannot be had.
    struct Refused: Error {}

    /// Whether this process may mount one.
    static let isAvailable = (try? SmallDisk()) != nil

    private let folder: TemporaryFolder
    var path: String { folder.path }

    init() throws {
        folder = try TemporaryFolder()
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=1m") == 0 else { throw Refused() }
    }

    deinit { umount2(folder.path, Int32(MNT_DETACH)) }

    /// Lets the disk be written to or not.
    func setReadOnly(_ isReadOnly: Bool) throws {
        let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
        guard mount("tmpfs", path, "tmpfs", flags, nil) == 0 else { throw Refused() }
    }

    /// Fills the disk up to a number of free bytes.
    func fill(leaving byteCount: Int) throws {
        try Data(count: (1 << 20) - byteCount).write(to: folder.url.appending(path: "ballast"))
    }

    /// Takes away what `fill` put there.
    func empty() throws {
        try FileManager.default.removeItem(at: folder.url.appending(path: "ballast"))
    }
}
