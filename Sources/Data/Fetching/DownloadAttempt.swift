import Pipeline

extension Download {
    /// One request of a download, and what becomes of its response.
    final class Attempt {
        /// How it ended.
        enum Outcome: Equatable {
            /// The file is whole, as far as its size tells.
            case complete
            case stopped
            /// Asking again would not help.
            case failed(String)
            /// It may be asked again, after some seconds if the server said so.
            case broken(String, wait: Int?)
        }

        private let download: Download
        private let part: PartialFile
        /// The first byte that is asked for.
        private let offset: Int
        /// What the bytes so far are the beginning of, when they can be gone on with.
        private let source: PartialFile.Source?
        /// The size of the whole file, once known.
        private var total: Int?
        /// Why the receiver ended the transfer, if it did.
        private var verdict: Outcome?
        private var fileError: FileError?

        init(_ download: Download, _ part: PartialFile) {
            self.download = download
            self.part = part
            let known = part.byteCount > 0 ? part.source : nil
            // Without a validator only the checksum tells whether two pieces belong together.
            let isSafe = known?.validator != nil || download.expectation.checksum != nil
            let canResume = isSafe && known?.address == download.address
            source = canResume ? known : nil
            offset = canResume ? part.byteCount : 0
            total = download.expectation.byteCount
        }

        func run() throws -> Outcome {
            var transfer = HTTPTransfer(address: download.address)
            transfer.offset = offset
            transfer.validator = source?.validator
            transfer.patience = download.settings.patience
            let ending = transfer.run(
                begin: { self.begin($0) }, receive: { self.receive($0) },
                goOn: { !self.download.stop.isRequested })
            if let fileError { throw fileError }
            if let verdict { return verdict }
            switch ending {
            case .ended: return .stopped
            case .nowhere(let problem):
                return part.byteCount > offset ? .broken(problem, wait: nil) : .failed(problem)
            case .broken(let problem): return .broken(described(problem), wait: nil)
            case .complete:
                guard let total, part.byteCount < total else { return .complete }
                return .broken(described("the server ended early"), wait: nil)
            }
        }

        private func described(_ problem: String) -> String {
            "\(problem) (\(part.byteCount)" + (total.map { " of \($0)" } ?? "") + " bytes are here)"
        }

        // MARK: The head

        private func begin(_ head: HTTPTransfer.Head) -> Bool {
            do throws(FileError) {
                switch head.status {
                case 200: try beginWhole(head)
                case 206: try beginRange(head)
                case 416: try rangeIsRefused(head)
                default: verdict = refusal(head)
                }
            } catch {
                fileError = error
            }
            return verdict == nil && fileError == nil
        }

        /// The whole file comes, whether a range was asked for or not.
        private func beginWhole(_ head: HTTPTransfer.Head) throws(FileError) {
            guard isExpected(head.contentLength) else { return }
            if part.byteCount > 0 {
                download.report(.note("the server does not resume this file: from the start"))
            }
            try part.restart(source(head))
        }

        /// A part comes: it must be the one that was asked for, of the same version of the file.
        private func beginRange(_ head: HTTPTransfer.Head) throws(FileError) {
            let validator = source?.validator
            let isSameVersion =
                validator == nil || head.validator == nil || head.validator == validator
            guard let range = head.contentRange, let bytes = range.bytes, offset > 0,
                bytes.lowerBound == offset, isSameVersion
            else {
                // Nothing is kept of a file whose pieces do not fit.
                try part.restart(source(head))
                verdict = .broken("the server sends another part than was asked for", wait: nil)
                return
            }
            guard isExpected(range.total ?? head.contentLength.map { offset + $0 }) else { return }
            download.report(.note("resuming after \(offset) bytes"))
        }

        /// The range is none of the file: either everything is here, or the beginning is wrong.
        private func rangeIsRefused(_ head: HTTPTransfer.Head) throws(FileError) {
            if let size = head.contentRange?.total, size == part.byteCount, isExpected(size) {
                verdict = .complete
                return
            }
            try part.restart(source(head))
            verdict = .broken("the server refuses to resume", wait: nil)
        }

        private func refusal(_ head: HTTPTransfer.Head) -> Outcome {
            let problem = "the server answers \(head.status)\(Self.words(head.status))"
            let isPassing = [408, 425, 429, 500, 502, 503, 504].contains(head.status)
            return isPassing ? .broken(problem, wait: head.retryAfter) : .failed(problem)
        }

        private static func words(_ status: Int) -> String {
            switch status {
            case 401, 403: " (not allowed)"
            case 404, 410: " (not found)"
            case 429: " (too many requests)"
            case 500...599: " (out of order)"
            default: ""
            }
        }

        /// Takes the size that the server announces; sets the verdict when it is not the expected one.
        private func isExpected(_ size: Int?) -> Bool {
            if let size, let expected = download.expectation.byteCount, size != expected {
                verdict = .failed("the server offers \(size) bytes, expected \(expected)")
                return false
            }
            total = size ?? total
            return true
        }

        private func source(_ head: HTTPTransfer.Head) -> PartialFile.Source {
            PartialFile.Source(address: download.address, validator: head.validator)
        }

        // MARK: The body

        private func receive(_ bytes: [UInt8]) -> Bool {
            let limit = total ?? DownloadSettings.greatestByteCount
            do throws(FileError) {
                if bytes.count > limit - part.byteCount {
                    verdict = .failed("the server sends more than the expected \(limit) bytes")
                    try part.restart(.init(address: download.address, validator: nil))
                } else {
                    try part.append(bytes)
                    download.report(.received(part.byteCount, of: total))
                }
            } catch {
                fileError = error
            }
            return verdict == nil && fileError == nil
        }
    }
}
