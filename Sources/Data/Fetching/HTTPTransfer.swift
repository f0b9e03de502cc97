import CTransfer

/// One GET request over HTTP or HTTPS.
struct HTTPTransfer {
    /// The address.
    let address: String
    /// The first byte wanted; from 1 on, a range is asked for.
    var offset = 0
    /// Says of which version of the file the range is wanted: an entity tag or a date.
    var validator: String?
    /// Seconds without a byte, or without a connection, that are borne.
    var patience = 60

    /// The greatest number of redirects followed.
    static let redirectLimit = 10
    /// What is said to servers, some of which refuse those who say nothing.
    static let userAgent = "hide-pipeline"

    /// The head of the final response.
    struct Head: Sendable, Equatable {
        let status: Int
        /// Bytes of the body; nil when the server does not say.
        let contentLength: Int?
        /// `Content-Range`; nil when absent.
        let contentRange: ContentRange?
        let entityTag: String?
        let lastModified: String?
        /// Seconds after which the server wants to be asked again.
        let retryAfter: Int?

        /// What names this version of the file for a later range request: a strong entity tag, else
        /// the date.
        var validator: String? {
            if let entityTag, !entityTag.hasPrefix("W/") { return entityTag }
            return lastModified
        }
    }

    /// How it ended.
    enum Ending: Sendable, Equatable {
        /// The whole body came.
        case complete
        /// The receiver ended it.
        case ended
        /// There is nobody to talk to; asking again would not help.
        case nowhere(String)
        /// It stalled, was cut, or failed on the way.
        case broken(String)
    }

    /// Makes the request. Each closure returns whether to go on; `begin` comes first, and once.
    func run(
        begin: @escaping (Head) -> Bool, receive: @escaping ([UInt8]) -> Bool,
        goOn: @escaping () -> Bool
    ) -> Ending {
        Self.prepared
        let listener = Listener(begin: begin, receive: receive, goOn: goOn)
        var receiver = hide_transfer_receiver()
        receiver.context = Unmanaged.passUnretained(listener).toOpaque()
        receiver.begin = { context, head in
            guard let head, let listener = Listener.of(context) else { return 0 }
            return listener.begin(Head(head.pointee)) ? 1 : 0
        }
        receiver.receive = { context, bytes, count in
            let bytes = UnsafeRawBufferPointer(start: bytes, count: count)
            return Listener.of(context)?.receive(Array(bytes)) == true ? 1 : 0
        }
        receiver.go_on = { context in Listener.of(context)?.goOn() == true ? 1 : 0 }
        return withExtendedLifetime(listener) { perform(&receiver) }
    }

    private func perform(_ receiver: inout hide_transfer_receiver) -> Ending {
        var message = [CChar](repeating: 0, count: HIDE_TRANSFER_TEXT_LENGTH)
        let code = address.withCString { address in
            Self.userAgent.withCString { agent in
                (validator ?? "").withCString { validator in
                    var request = hide_transfer_request(
                        address: address, user_agent: agent, offset: Int64(offset),
                        validator: self.validator == nil ? nil : validator,
                        patience: patience, redirects: Self.redirectLimit)
                    return hide_transfer_get(&request, &receiver, &message)
                }
            }
        }
        switch code {
        case HIDE_TRANSFER_COMPLETE: return .complete
        case HIDE_TRANSFER_ENDED: return .ended
        case HIDE_TRANSFER_NOWHERE: return .nowhere(text(message))
        default: return .broken(text(message))
        }
    }

    /// libcurl wants to be prepared once, before the first transfer.
    private static let prepared: Void = hide_transfer_prepare()

    /// The closures, for C.
    private final class Listener {
        let begin: (Head) -> Bool
        let receive: ([UInt8]) -> Bool
        let goOn: () -> Bool

        init(
            begin: @escaping (Head) -> Bool, receive: @escaping ([UInt8]) -> Bool,
            goOn: @escaping () -> Bool
        ) {
            self.begin = begin
            self.receive = receive
            self.goOn = goOn
        }

        static func of(_ context: UnsafeMutableRawPointer?) -> Listener? {
            context.map { Unmanaged<Listener>.fromOpaque($0).takeUnretainedValue() }
        }
    }
}

/// `Content-Range: bytes 5-9/10`: which bytes a response holds.
package struct ContentRange: Sendable, Equatable {
    /// The first byte and the last; nil in a refusal (`bytes */10`).
    package let bytes: ClosedRange<Int>?
    /// Bytes of the whole file; nil when the server does not know.
    package let total: Int?

    /// Reads the value of the header; nil when it is malformed.
    package init?(_ text: String) {
        guard text.lowercased().hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        total = Int(parts[1])
        guard total ?? 0 >= 0, total != nil || parts[1] == "*" else { return nil }
        if parts[0] == "*" {
            bytes = nil
            return
        }
        let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first >= 0, last >= first
        else { return nil }
        bytes = first...last
    }
}

extension HTTPTransfer.Head {
    fileprivate init(_ head: hide_transfer_head) {
        status = head.status
        contentLength = head.content_length >= 0 ? Int(head.content_length) : nil
        retryAfter = head.retry_after >= 0 ? Int(head.retry_after) : nil
        func value(_ bytes: some Any) -> String? {
            let text = withUnsafeBytes(of: bytes) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            return text.isEmpty ? nil : text
        }
        contentRange = value(head.content_range).flatMap(ContentRange.init)
        entityTag = value(head.entity_tag)
        lastModified = value(head.last_modified)
    }
}

/// The text in a C buffer.
private func text(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
