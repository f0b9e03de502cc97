package import Pipeline

/// How downloads behave.
package struct DownloadSettings: Sendable {
    /// Seconds without a byte, or without a connection, that are borne.
    package var patience = 60
    /// How often in a row a transfer that broke without bringing anything is tried again.
    package var retries = 3
    /// Waits some seconds, or less when the user stops the program.
    package var pause: @Sendable (_ seconds: Int) -> Void

    package init(pause: @escaping @Sendable (_ seconds: Int) -> Void) { self.pause = pause }

    /// The greatest file where neither catalogue nor server says a size.
    static let greatestByteCount = 1 << 40
    /// The longest pause, in seconds, whatever the server asks for.
    static let longestPause = 60
}

/// The download of one file from one address: resumed where it broke, bounded by the size that was
/// announced, checked, and put in place as a whole.
package final class Download {
    /// How far it is.
    package enum Progress: Sendable, Equatable {
        /// Bytes on the disk, and of how many where that is known.
        case received(Int, of: Int?)
        /// Bytes checked.
        case checked(Int, of: Int)
        /// Something the user may want to know.
        case note(String)
    }

    /// Why a download failed, without the address.
    package struct Failure: Error, Equatable {
        /// One line.
        package let problem: String
    }

    let address: String
    let destination: String
    let expectation: FileExpectation
    let settings: DownloadSettings
    let stop: StopRequest
    let report: (Progress) -> Void

    package init(
        address: String, destination: String, expectation: FileExpectation,
        settings: DownloadSettings, stop: StopRequest, report: @escaping (Progress) -> Void
    ) {
        self.address = address
        self.destination = destination
        self.expectation = expectation
        self.settings = settings
        self.stop = stop
        self.report = report
    }

    /// Downloads, checks and places the file.
    ///
    /// - Throws: `Failure` when it cannot be had from this address, `FileError` when it cannot be
    ///   written, `FetchInterrupted` on a stop request.
    package func run() throws {
        let part = try PartialFile(destination: destination)
        let isDone = expectation.byteCount == part.byteCount && part.byteCount > 0
        if !isDone { try receive(into: part) }
        try check(part)
        try part.place()
    }

    /// Asks again until everything is there, or nothing comes any more.
    private func receive(into part: PartialFile) throws {
        var failures = 0
        while true {
            let before = part.byteCount
            switch try Attempt(self, part).run() {
            case .complete: return
            case .stopped:
                throw FetchInterrupted(path: part.path, .receiving(part.byteCount))
            case .failed(let problem): throw Failure(problem: problem)
            case .broken(let problem, let wait):
                failures = part.byteCount > before ? 0 : failures + 1
                guard failures <= settings.retries else { throw Failure(problem: problem) }
                let seconds = min(wait ?? 1 << failures, DownloadSettings.longestPause)
                report(.note("\(problem); trying again in \(seconds) s"))
                settings.pause(seconds)
            }
        }
    }

    /// Compares size and checksum.
    private func check(_ part: PartialFile) throws {
        if let expected = expectation.byteCount, expected != part.byteCount {
            try part.discard()
            throw Failure(
                problem: "expected \(expected) bytes, received \(part.byteCount), which are removed"
            )
        }
        guard let checksum = expectation.checksum else { return }
        let total = part.byteCount
        let digest = try checksum.algorithm.digest(ofFile: part.path) { count in
            report(.checked(count, of: total))
            return !stop.isRequested
        }
        guard let digest else {
            throw FetchInterrupted(path: part.path, .checking)
        }
        guard checksum.matches(digest) else {
            try part.discard()
            throw Failure(
                problem: "the content is another one and is removed: expected \(checksum), "
                    + "received \(checksum.algorithm.rawValue):\(digest)")
        }
    }
}
