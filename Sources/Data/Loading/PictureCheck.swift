import Engine
import Pipeline
import Synchronization

/// Finds the pictures that cannot be read, each content once: what was found is kept by its digest.
struct PictureCheck {
    /// The names of what is kept. Another number makes it void, as when a decoder reads more or less.
    private enum Group {
        static let readable = "pictures that decode 1"
        static let unreadable = "pictures that do not decode 1"
        static let begun = "files that begin like a picture 1"
    }

    /// So many pictures are looked at before what was found is kept.
    private static let portion = 4096

    let check: SourceCheck

    /// The contents among `files` that cannot be read, by digest, with the reason.
    ///
    /// - Parameter files: a file of each content.
    /// - Throws: `UnitInterrupted` when the check is to stop.
    func failures(among files: [String: String]) throws -> [String: PictureError] {
        let readable = check.memo.vectors(of: Group.readable)
        let open = files.filter { readable[$0.key] == nil }.sorted { $0.value < $1.value }
        if open.isEmpty { return [:] }
        return switch check.depth {
        case .beginnings: beginnings(open)
        case .contents: try contents(open)
        }
    }

    // MARK: First bytes

    private func beginnings(_ files: [(key: String, value: String)]) -> [String: PictureError] {
        let remembered = Self.remembered(check.memo.vectors(of: Group.unreadable).keys)
        let begun = check.memo.vectors(of: Group.begun)
        var failures: [String: PictureError] = [:]
        var found: [String: [Float]] = [:]
        for (digest, path) in files {
            if let known = remembered[digest] {
                failures[digest] = PictureError(
                    name: path, problem: known.problem, hint: known.hint)
            } else if begun[digest] == nil {
                failures[digest] = Self.beginning(of: path)
                if failures[digest] == nil { found[digest] = [] }
            }
        }
        keep(found, Group.begun)
        return failures
    }

    /// What the first bytes of a file tell to be wrong with it.
    private static func beginning(of path: String) -> PictureError? {
        // A file that cannot be opened is found out by the unit that reads it, or by a full check.
        guard let file = try? BinaryFile(path),
            let head = try? file.read(
                at: 0, count: min(file.byteCount, PictureContent.headByteCount)),
            let content = PictureContent.problem(of: head)
        else { return nil }
        return PictureError(name: path, problem: content.problem, hint: content.remedy.rawValue)
    }

    // MARK: Whole pictures

    private func contents(
        _ files: [(key: String, value: String)]
    ) throws -> [String: PictureError] {
        let workers = Workers(threads: check.threads)
        let failures = Mutex<[String: PictureError]>([:])
        let done = Mutex(0)
        for start in stride(from: 0, to: files.count, by: Self.portion) {
            let part = files[start..<min(start + Self.portion, files.count)]
            let readable = Mutex<[String: [Float]]>([:])
            workers.run(part.count) { index in
                if check.isStopping() { return }
                let (digest, path) = part[start + index]
                if let error = Self.error(of: path) {
                    failures.withLock { $0[digest] = error }
                } else {
                    readable.withLock { $0[digest] = [] }
                }
                let count = done.withLock { done in
                    done += 1
                    return done
                }
                check.progress(count, files.count)
            }
            keep(readable.withLock { $0 }, Group.readable)
            if check.isStopping() { throw UnitInterrupted() }
        }
        let found = failures.withLock { $0 }
        keep(
            Dictionary(found.map { (Self.line($0.key, $0.value), []) }) { first, _ in first },
            Group.unreadable)
        return found
    }

    private static func error(of path: String) -> PictureError? {
        do {
            _ = try Picture.decode(try BinaryFile.contents(of: path), name: path)
            return nil
        } catch let error as PictureError {
            return error
        } catch {
            return PictureError(
                name: path, problem: (error as? UnreadableInput)?.problem ?? "\(error)")
        }
    }

    // MARK: What is kept

    /// Keeps what was found; a store that cannot take it loses time alone.
    private func keep(_ found: [String: [Float]], _ group: String) {
        try? check.memo.add(found, to: group)
    }

    /// `digest`, problem and hint, a line each.
    private static func line(_ digest: String, _ error: PictureError) -> String {
        "\(digest)\n\(error.problem)\n\(error.hint ?? "")"
    }

    private static func remembered(
        _ lines: some Sequence<String>
    ) -> [String: (problem: String, hint: String?)] {
        var known: [String: (String, String?)] = [:]
        for line in lines {
            let parts = line.split(separator: "\n", omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            known[String(parts[0])] = (
                String(parts[1]), parts[2].isEmpty ? nil : String(parts[2])
            )
        }
        return known
    }
}
