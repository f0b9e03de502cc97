/// Hashes no more files once a stop was asked for: digesting a large dataset takes minutes.
struct StoppableFingerprints: FingerprintCache {
    private let base: any FingerprintCache
    private let stop: StopRequest

    init(_ base: any FingerprintCache, _ stop: StopRequest) {
        self.base = base
        self.stop = stop
    }

    func fingerprint(of path: String) throws -> FileFingerprint {
        try checkStop()
        return try base.fingerprint(of: path)
    }

    func checkStop() throws {
        if stop.isRequested { throw UnitInterrupted() }
    }
}
