/// Where things lie in a store. Everything of one format version is in one folder, so that a
/// program of another version sees nothing of it.
struct StoreLayout: Sendable {
    /// The content of the format marker, and what other programs may ask for.
    static let formatText = "hide-pipeline store 1"

    /// The folder the user names.
    let root: String

    private var version: String { root + "/v1" }
    var formatMarker: String { version + "/format" }
    var artifacts: String { version + "/artifacts" }
    var records: String { version + "/records" }
    var progress: String { version + "/progress" }
    var staging: String { version + "/staging" }
    var locks: String { version + "/locks" }
    var logs: String { version + "/logs" }
    var memo: String { version + "/memo" }
    var fingerprints: String { version + "/inputs/fingerprints" }

    /// Every folder of a store.
    var folders: [String] {
        [artifacts, records, progress, staging, locks, logs, memo, version + "/inputs"]
    }

    func artifact(_ key: UnitKey) -> String { "\(artifacts)/\(key.hex).h5" }
    func record(_ key: UnitKey) -> String { "\(records)/\(recordName(key))" }
    func recordName(_ key: UnitKey) -> String { "\(key.hex).json" }
    func log(_ key: UnitKey) -> String { "\(logs)/\(key.hex).txt" }

    /// Progress carries the digest of its bytes in its name: a damaged one betrays itself.
    func progress(_ key: UnitKey, _ digest: Digest) -> String {
        "\(progress)/\(key.hex).\(digest.hex).h5"
    }

    /// A private name for a file in the making: whoever writes it holds the lock called `owner`.
    func staged(_ owner: String, _ suffix: String) -> String { "\(staging)/\(owner).\(suffix)" }

    func lock(_ owner: String) -> String { "\(locks)/\(owner)" }
}
