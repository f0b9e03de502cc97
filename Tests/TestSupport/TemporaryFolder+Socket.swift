import Foundation
import Glibc

extension TemporaryFolder {
    /// Makes a socket, which nobody listens to.
    package func makeSocket(_ name: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        // The address has room for 107 bytes: a short path, then the right place.
        let short = "/tmp/.socket-\(UUID().uuidString)"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(short.utf8)) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0, rename(short, path(name)) == 0 else {
            throw CocoaError(.fileWriteUnknown)
        }
    }
}
