import Foundation
import Glibc
import Synchronization

/// An HTTP server on the loopback address whose answers, and whose faults, a test chooses.
public final class LoopbackServer: Sendable {
    /// What a client asked.
    public struct Request: Sendable {
        /// The path of the address, from the slash on.
        public let path: String
        /// The fields by name in lower case.
        public let fields: [String: String]

        /// The first byte of the range that is asked for; nil without a range.
        public var firstByte: Int? {
            fields["range"]?.split(separator: "=").last.flatMap { Int($0.dropLast()) }
        }
    }

    /// What the server does.
    public struct Answer: Sendable {
        /// What follows the last byte.
        public enum Ending: Sendable {
            /// The connection is closed.
            case close
            /// Nothing more comes, and the connection stays open until the client leaves.
            case stall
        }

        /// The status line after the version: `200 OK`.
        public var status: String
        /// The fields of the head; `Content-Length` is not added.
        public var fields: [String: String]
        /// The bytes that are sent.
        public var body: [UInt8]
        public var ending: Ending

        public init(
            _ status: String, _ fields: [String: String] = [:], body: [UInt8] = [],
            ending: Ending = .close
        ) {
            self.status = status
            self.fields = fields
            self.body = body
            self.ending = ending
        }
    }

    /// The port.
    public let port: UInt16
    private let listener: Int32
    private let handler: @Sendable (Request, Int) -> Answer
    private let log = Mutex<[Request]>([])

    /// Why there is no server.
    public struct Failure: Error {}

    /// Starts a server on a free port.
    ///
    /// - Parameter handler: gives the answer to a request and its number, from 0.
    public init(_ handler: @escaping @Sendable (Request, Int) -> Answer) throws {
        self.handler = handler
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 16) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        guard listener >= 0, isListening else { throw Failure() }
        let listener = listener
        let answer: @Sendable (Int32) -> Void = { [weak self] in self?.serve($0) }
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { break }
                Thread.detachNewThread {
                    answer(connection)
                    close(connection)
                }
            }
            close(listener)
        }
    }

    // Wakes the accepting thread, which then closes the socket.
    deinit { _ = shutdown(listener, Int32(SHUT_RDWR)) }

    /// The address of a path below the server.
    public func address(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

    /// The requests so far, in order.
    public var requests: [Request] { log.withLock { $0 } }

    /// A port of the loopback address on which nobody listens.
    public static func deadPort() throws -> UInt16 {
        try LoopbackServer { _, _ in Answer("200 OK") }.port
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private func serve(_ connection: Int32) {
        guard let request = Self.request(connection) else { return }
        let number = log.withLock { log in
            log.append(request)
            return log.count - 1
        }
        let answer = handler(request, number)
        var head = "HTTP/1.1 \(answer.status)\r\nConnection: close\r\n"
        for (name, value) in answer.fields.sorted(by: { $0.key < $1.key }) {
            head += "\(name): \(value)\r\n"
        }
        guard Self.send(Array((head + "\r\n").utf8) + answer.body, to: connection) else { return }
        if answer.ending == .stall {
            // The client leaves sooner or later: reading ends then.
            var byte: UInt8 = 0
            while recv(connection, &byte, 1, 0) > 0 {}
        }
    }

    private static func send(_ bytes: [UInt8], to connection: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(
                    connection, $0.baseAddress?.advanced(by: offset), bytes.count - offset,
                    Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            offset += count
        }
        return true
    }

    private static func request(_ connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while !bytes.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            guard bytes.count < 1 << 16, recv(connection, &byte, 1, 0) == 1 else { return nil }
            bytes.append(byte)
        }
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ")
        guard words.count == 3 else { return nil }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            fields[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        return Request(path: String(words[1]), fields: fields)
    }
}

extension LoopbackServer {
    /// Answers as a proper server of one file does, ranges included.
    public static func file(
        _ bytes: [UInt8], tag: String = "\"1\"", _ request: Request
    ) -> Answer {
        let fields = ["ETag": tag, "Content-Length": "\(bytes.count)"]
        guard let first = request.firstByte, request.fields["if-range"] ?? tag == tag else {
            return Answer("200 OK", fields, body: bytes)
        }
        guard first < bytes.count else {
            return Answer(
                "416 Range Not Satisfiable",
                ["Content-Range": "bytes */\(bytes.count)", "Content-Length": "0"])
        }
        return Answer(
            "206 Partial Content",
            [
                "ETag": tag, "Content-Length": "\(bytes.count - first)",
                "Content-Range": "bytes \(first)-\(bytes.count - 1)/\(bytes.count)",
            ], body: Array(bytes[first...]))
    }
}

extension LoopbackServer.Answer {
    /// The same answer with only the first bytes of its body; the head promises all of them.
    public func cut(after count: Int, _ ending: Ending = .close) -> Self {
        var answer = self
        answer.body = Array(body.prefix(count))
        answer.ending = ending
        return answer
    }
}
