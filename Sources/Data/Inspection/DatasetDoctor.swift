import Engine
import Pipeline
import Synchronization

/// Examines a dataset: counts its pictures, decodes every one, compares them by digest, and says what
/// mends what it finds.
package struct DatasetDoctor {
    /// The dataset.
    let dataset: any DatasetKind
    /// Its folder, as the user named it.
    let path: String
    /// Threads that decode.
    let threads: Int

    package init(_ dataset: any DatasetKind, path: String, threads: Int) {
        self.dataset = dataset
        self.path = path
        self.threads = threads
    }

    private var kind: String { type(of: dataset).name }
    private typealias Entry = DatasetManifest.Entry
    private typealias Finding = DatasetReport.Finding

    /// Examines everything. Nothing is written.
    ///
    /// - Parameter progress: called with pictures decoded, of all, from any thread.
    package func examine(
        progress: @escaping @Sendable (_ done: Int, _ of: Int) -> Void
    ) throws -> DatasetReport {
        let listing: DatasetListing
        do {
            listing = try dataset.listing(PatientFingerprints())
        } catch let error as any InputError {
            return report([], [try layoutFinding(error)])
        }
        let counts = classCounts(listing)
        let unreadable = try unreadable(listing.entries, progress)
        let deviations = dataset.deviations(of: listing)
        var findings = unreadable + remarks(listing)
        let classDeviations = dataset.described?.classFigures.value?.deviations(of: counts) ?? []
        if !deviations.isEmpty || !classDeviations.isEmpty {
            findings.append(try countsFinding(deviations, classDeviations))
        }
        // What the publisher put into train and test is the dataset that others measure on.
        let isPublished =
            dataset.official != nil && deviations.isEmpty && classDeviations.isEmpty
        findings += try equalPictures(listing, isPublished: isPublished)
        return report(counts, findings)
    }

    private func classCounts(_ listing: DatasetListing) -> [DatasetReport.ClassCount] {
        let facts = listing.facts
        return listing.classNames.enumerated().map { label, name in
            DatasetReport.ClassCount(
                name: name, train: facts["train-pictures[\(label)]"] ?? 0,
                test: facts["test-pictures[\(label)]"] ?? 0)
        }
    }

    /// How the dataset was read, and what was left alone.
    private func remarks(_ listing: DatasetListing) -> [Finding] {
        (listing.notes + listing.warnings).map {
            Finding(name: "layout", severity: .note, problem: $0, places: [], fix: [])
        }
    }

    private func report(
        _ classes: [DatasetReport.ClassCount], _ findings: [Finding]
    ) -> DatasetReport {
        let order: [DatasetReport.Severity] = [.unreadable, .problem, .note]
        return DatasetReport(
            kind: kind, path: path, classes: classes, official: dataset.official,
            findings: order.flatMap { level in findings.filter { $0.severity == level } })
    }

    // MARK: What is missing

    private func layoutFinding(_ error: any InputError) throws -> Finding {
        let place = RootSearch.advice(dataset)
        if place == nil, let item = dataset.published, try dataset.isPresent,
            try item.isAbsent(below: path)
        {
            return Finding(
                name: "layout", severity: .unreadable,
                problem: "the archives of '\(kind)' are here and not unpacked",
                places: [],
                fix: [
                    "any run unpacks them; so does:", "\(item.command(root: path)) --keep-archives",
                ])
        }
        let unreadable = error as? UnreadableInput
        let problem = unreadable.map { "\($0.path): \($0.problem)" } ?? "\(error)"
        return Finding(
            name: "layout", severity: .unreadable, problem: problem, places: [],
            fix: [unreadable?.hint, place].compactMap { $0 }
                + (place == nil ? try again(isPartial: true) : []))
    }

    private func countsFinding(
        _ deviations: [String], _ classDeviations: [String]
    ) throws -> Finding {
        let clauses =
            deviations.isEmpty ? ["\(classDeviations.count) of the classes"] : deviations
        return Finding(
            name: "counts", severity: .unreadable,
            problem: "the official figures are others: \(clauses.joined(separator: ", "))",
            places: classDeviations,
            fix: try ["'counts: any' in the pipeline file takes it as it is; the published one:"]
                + again())
    }

    /// The command that gets the published dataset anew; none for one that is not published.
    ///
    /// - Parameter isPartial: whether what is missing may be all that is wrong: then what is there
    ///   stays.
    private func again(isPartial: Bool = false) throws -> [String] {
        guard let item = dataset.published else { return [] }
        let products = Set(item.files.flatMap { $0.products(below: path) })
        let present = try products.filter { try InputPath.exists($0) }.sorted()
        let command = item.command(root: path)
        guard !present.isEmpty, !isPartial || present.count == products.count else {
            return [command]
        }
        return ["\(MovedAside.command(present, root: path)) && \(command)"]
    }

    // MARK: What cannot be read

    /// Decodes every picture whose file could be read.
    private func unreadable(
        _ entries: [Entry], _ progress: @escaping @Sendable (Int, Int) -> Void
    ) throws -> [Finding] {
        let failures = Mutex<[Int: String]>([:])
        let done = Mutex(0)
        Workers(threads: threads).run(entries.count) { index in
            if let problem = problem(of: entries[index]) {
                failures.withLock { $0[index] = problem }
            }
            let count = done.withLock { done in
                done += 1
                return done
            }
            progress(count, entries.count)
        }
        let found = failures.withLock { $0 }.sorted { $0.key < $1.key }
        // Some published datasets hold files that are no pictures, and go without them.
        let known = try dataset.unreadable(
            found.map { entries[$0.key] }.filter { PatientFingerprints.problem($0) == nil })
        // By bytes: Swift takes two Unicode forms of a name for equal.
        let knownPaths = Set(known.map { Array($0.path.utf8) })
        let isKnown = { (key: Int) in knownPaths.contains(Array(entries[key].path.utf8)) }
        let (left, own) = (found.filter { isKnown($0.key) }, found.filter { !isKnown($0.key) })
        func places(_ found: [(key: Int, value: String)]) -> [String] {
            found.map { "\(entries[$0.key].path): \($0.value)" }
        }
        var findings: [Finding] = []
        if !own.isEmpty {
            findings.append(
                Finding(
                    name: "unreadable-pictures", severity: .unreadable,
                    problem: "\(ClassShare.pictures(own.count)) cannot be read",
                    places: places(own),
                    fix: dataset.published == nil
                        ? moves(own.map { entries[$0.key] }) : try again()))
        }
        if !left.isEmpty {
            findings.append(
                Finding(
                    name: "unreadable-pictures", severity: .note,
                    problem:
                        "\(ClassShare.pictures(left.count)) of the published dataset cannot be read "
                        + "and are left out", places: places(left), fix: []))
        }
        return findings
    }

    private func problem(of entry: Entry) -> String? {
        if let problem = PatientFingerprints.problem(entry) { return problem }
        do {
            _ = try dataset.picture(entry)
            return nil
        } catch let error as PictureError {
            return error.problem
        } catch let error as UnreadableInput {
            return error.problem
        } catch {
            return "\(error)"
        }
    }

    /// The commands that move files out of the dataset.
    private func moves(_ entries: [Entry]) -> [String] {
        entries.map { MovedAside.command($0.path, below: path) }
    }

    // MARK: What is equal

    private func equalPictures(
        _ listing: DatasetListing, isPublished: Bool
    ) throws -> [Finding] {
        let entries = listing.entries.filter { PatientFingerprints.problem($0) == nil }
        let groups = Dictionary(grouping: entries, by: \.sha256).values
            .filter { $0.count > 1 }
            .sorted { $0[0].path.utf8.lexicographicallyPrecedes($1[0].path.utf8) }
        return [
            try inBothParts(groups, listing.classNames, isPublished),
            try underSeveralLabels(groups, listing.classNames, isPublished),
        ].compactMap { $0 }
    }

    /// Pictures of the test part that are also in the training part.
    private func inBothParts(
        _ groups: [[Entry]], _ names: [String], _ isPublished: Bool
    ) throws -> Finding? {
        let shared = groups.filter { Set($0.map(\.split)).count == 2 }
        guard !shared.isEmpty else { return nil }
        let count = shared.reduce(0) { $0 + $1.count { $0.split == .test } }
        return try finding(
            "equal-in-train-and-test",
            "\(ClassShare.pictures(count)) of the test part \(count == 1 ? "is" : "are") also in the "
                + "training part", shared, names, isPublished,
            surplus: shared.flatMap { $0.filter { $0.split == .train } })
    }

    /// Equal pictures of one part that are said to be of different classes.
    private func underSeveralLabels(
        _ groups: [[Entry]], _ names: [String], _ isPublished: Bool
    ) throws -> Finding? {
        let parts = groups.flatMap { group in
            Split.allCases.map { split in group.filter { $0.split == split } }
        }.filter { Set($0.map(\.label)).count > 1 }
        guard !parts.isEmpty else { return nil }
        let count = parts.count
        return try finding(
            "equal-with-different-labels",
            "\(ClassShare.pictures(count)) \(count == 1 ? "has" : "have") several classes in one part",
            parts, names, isPublished, surplus: nil)
    }

    /// - Parameter surplus: what to move aside; nil where only its owner knows which is right.
    private func finding(
        _ name: String, _ problem: String, _ groups: [[Entry]], _ names: [String],
        _ isPublished: Bool, surplus: [Entry]?
    ) throws -> Finding {
        func place(_ group: some Collection<Entry>) -> String {
            group.map { "\($0.path) (\(names[$0.label]))" }.joined(separator: " = ")
        }
        let fix: [String] =
            if isPublished {
                []
            } else if dataset.published != nil {
                try again()
            } else if let surplus {
                moves(surplus)
            } else {
                groups.map(choice)
            }
        return Finding(
            name: name, severity: isPublished ? .note : .problem, problem: problem,
            places: groups.map(place), fix: fix,
            shown: groups.prefix(DatasetReport.shownCount).map { group in
                let rest = group.count - Self.shownOfGroup
                return place(group.prefix(Self.shownOfGroup))
                    + (rest > 0 ? " = \(rest) more" : "")
            })
    }

    /// So many of a group of equal pictures are shown.
    private static let shownOfGroup = 4

    /// What to do about equal pictures of which one is right.
    private func choice(_ group: [Entry]) -> String {
        guard group.count <= Self.shownOfGroup else {
            return "leave '\(Printable.text(group[0].path))' or another one of these "
                + "\(group.count) in its place, and move the others out of the folder"
        }
        return moves(group).joined(separator: "  or  ")
    }
}

/// Fingerprints that do not give up at the first file that cannot be read.
private struct PatientFingerprints: FingerprintCache {
    /// Stands in place of the digest of a file that cannot be read, before the reason.
    private static let mark = "unreadable: "

    func fingerprint(of path: String) throws -> FileFingerprint {
        do {
            return try UncachedFingerprints().fingerprint(of: path)
        } catch let error as UnreadableInput {
            return FileFingerprint(byteCount: 0, sha256: Self.mark + error.problem)
        }
    }

    /// Why the file of an entry cannot be read; nil when it can.
    static func problem(_ entry: DatasetManifest.Entry) -> String? {
        entry.sha256.hasPrefix(mark) ? String(entry.sha256.dropFirst(mark.count)) : nil
    }
}
