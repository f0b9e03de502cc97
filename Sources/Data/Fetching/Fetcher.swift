import Foundation
package import Pipeline

/// Brings the files of an item to their places: from its addresses, from a mirror, or from files
/// that the user already has.
package struct Fetcher {
    /// What it is about to do or has done with a file.
    package enum Event: Sendable {
        /// A file that is already in its place.
        case present(FetchFile)
        case started(FetchFile, address: String)
        case progress(FetchFile, Download.Progress)
        case unpacking(FetchFile, done: Int, of: Int)
        case finished(FetchFile, places: [String])
    }

    /// The item.
    package let item: FetchItem
    /// The folder that it is put into.
    package let root: String
    /// The path of the file, for an item of one file that is to have another name.
    package let target: String?
    /// Where all files are, below `MIRROR/ITEM/`, instead of at their addresses; nil for those.
    package let mirror: String?
    /// Whether archives are kept once they are unpacked.
    package let keepsArchives: Bool
    let settings: DownloadSettings
    let stop: StopRequest
    let report: (Event) -> Void

    /// - Precondition: `target` is nil unless the item is one file that is not unpacked.
    package init(
        item: FetchItem, root: String? = nil, target: String? = nil, mirror: String? = nil,
        keepsArchives: Bool = false, settings: DownloadSettings, stop: StopRequest,
        report: @escaping (Event) -> Void
    ) {
        precondition(target == nil || item.isSingleFile)
        self.item = item
        self.root = root ?? item.kind.root
        self.target = target
        self.mirror = mirror
        self.keepsArchives = keepsArchives
        self.settings = settings
        self.stop = stop
        self.report = report
    }

    /// Where a file is put.
    package func path(_ file: FetchFile) -> String { target ?? file.path(below: root) }

    private func products(_ file: FetchFile) -> [String] {
        target.map { [$0] } ?? file.products(below: root)
    }

    // MARK: From the network

    /// Fetches every file that is not in its place.
    ///
    /// - Throws: `FetchError`, `UnreadableInput` for a file in the way or a damaged archive,
    ///   `FileError` when something cannot be written, `FetchInterrupted` on a stop request.
    package func fetch() throws {
        for file in item.files {
            if try isPresent(file) {
                report(.present(file))
            } else {
                try fetch(file)
            }
        }
    }

    private func fetch(_ file: FetchFile) throws {
        let path = path(file)
        if !(try isWhole(file, at: path)) { try download(file, to: path) }
        try unpack(file, path, isOwn: true)
    }

    private func download(_ file: FetchFile, to path: String) throws {
        var problems: [String] = []
        for address in addresses(file) {
            report(.started(file, address: address))
            let download = Download(
                address: address, destination: path, expectation: file.expectation,
                settings: settings, stop: stop
            ) { report(.progress(file, $0)) }
            do {
                return try download.run()
            } catch let failure as Download.Failure {
                problems.append("\(address): \(failure.problem)")
            }
        }
        if problems.isEmpty {
            // All files that only people can get are named at once.
            let missing = try item.files.filter { try $0.addresses.isEmpty && !isPresent($0) }
            let problem = "no program can download it"
            throw FetchError(subject: item.name, problems: [problem], steps: steps(missing))
        }
        throw FetchError(subject: item.name, problems: problems, steps: steps([file]))
    }

    private func addresses(_ file: FetchFile) -> [String] {
        guard let mirror else { return file.addresses }
        let name = file.name.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
        return ["\(mirror)\(mirror.hasSuffix("/") ? "" : "/")\(item.name)/\(name ?? file.name)"]
    }

    /// What a user does who must get files by hand.
    private func steps(_ files: [FetchFile]) -> [String] {
        let command =
            (target.flatMap(item.command(target:)) ?? item.command(root: root))
            + files.map { " --from \($0.name)" }.joined()
        let folder = PartialFile.folder(of: path(files[0]))
        let them = files.count == 1 ? "it" : "them"
        return ["get by hand, from \(item.page) or from somebody who has \(them):"]
            + files.map { "  \($0.facts)" } + item.remarks
            + ["then run this, which checks \(them) and puts \(them) into '\(folder)':"]
            + ["  \(command)"]
    }

    // MARK: From the user

    /// Checks files that the user has and puts copies of them in place. Nothing is downloaded.
    ///
    /// - Returns: the files that are still missing.
    /// - Throws: `UnreadableInput` for a file that is none of the item's, or another version of one.
    package func place(_ paths: [String]) throws -> [FetchFile] {
        for path in paths {
            let file = try file(for: path)
            report(.started(file, address: path))
            if try isPresent(file) {
                report(.present(file))
                continue
            }
            try check(file, at: path)
            if file.items.isEmpty {
                try copy(path, to: self.path(file), file)
                report(.finished(file, places: products(file)))
            } else {
                try unpack(file, path, isOwn: false)
            }
        }
        return try item.files.filter { try !isPresent($0) }
    }

    /// The file of the item that a path is meant to be: by its name, or as the only one.
    private func file(for path: String) throws(UnreadableInput) -> FetchFile {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if let file = item.files.first(where: { $0.name == name }) { return file }
        if item.files.count == 1 { return item.files[0] }
        let names = item.files.map { "'\($0.name)'" }.joined(separator: ", ")
        throw UnreadableInput(
            path: path, problem: "has not the name of a file of '\(item.name)'",
            hint: "its files are \(names)")
    }

    private func check(_ file: FetchFile, at path: String) throws {
        let byteCount = try BinaryFile(path).byteCount
        let hint = "the published file is \(file.facts)"
        if let expected = file.expectation.byteCount, expected != byteCount {
            throw UnreadableInput(
                path: path, problem: "has \(byteCount) bytes, expected \(expected)", hint: hint)
        }
        guard let checksum = file.expectation.checksum else { return }
        let digest = try digest(file, checksum.algorithm, path, of: byteCount)
        if !checksum.matches(digest) {
            throw UnreadableInput(
                path: path,
                problem: "is another file: \(checksum.algorithm.rawValue):\(digest), "
                    + "expected \(checksum)", hint: hint)
        }
    }

    private func digest(
        _ file: FetchFile, _ algorithm: Checksum.Algorithm, _ path: String, of byteCount: Int
    ) throws -> String {
        let digest = try algorithm.digest(ofFile: path) { count in
            report(.progress(file, .checked(count, of: byteCount)))
            return !stop.isRequested
        }
        guard let digest else { throw FetchInterrupted(path: path, .checking) }
        return digest
    }

    private func copy(_ path: String, to target: String, _ file: FetchFile) throws {
        let source = try BinaryFile(path)
        let part = try PartialFile(destination: target)
        try part.restart(.init(address: path, validator: nil))
        while part.byteCount < source.byteCount {
            guard !stop.isRequested else { throw FetchInterrupted(path: path, .copying) }
            let count = min(1 << 20, source.byteCount - part.byteCount)
            try part.append(try source.read(at: part.byteCount, count: count))
            report(.progress(file, .received(part.byteCount, of: source.byteCount)))
        }
        try part.place()
    }

    // MARK: What is there

    /// Whether everything that a file gives is in its place.
    ///
    /// - Throws: `UnreadableInput` when another file is in its place.
    private func isPresent(_ file: FetchFile) throws -> Bool {
        if file.items.isEmpty { return try isWhole(file, at: path(file)) }
        return try products(file).allSatisfy { try InputPath.exists($0) }
    }

    private func isWhole(_ file: FetchFile, at path: String) throws -> Bool {
        guard try InputPath.exists(path) else { return false }
        do {
            try check(file, at: path)
        } catch let error as UnreadableInput {
            throw UnreadableInput(
                path: path, problem: "is in the way: it \(error.problem)",
                hint: "move it away, then run again")
        }
        return true
    }

    private func unpack(_ file: FetchFile, _ archive: String, isOwn: Bool) throws {
        if !file.items.isEmpty {
            let folder = file.folder(below: root)
            try DiskFiles().makeFolder(folder)
            let unpacker = ArchiveUnpacker(archive: archive, into: folder, items: file.items)
            try unpacker.unpack { done, total in
                report(.unpacking(file, done: done, of: total))
                if stop.isRequested { throw FetchInterrupted(path: archive, .unpacking) }
            }
            if isOwn && !keepsArchives { try DiskFiles().remove(archive) }
        }
        report(.finished(file, places: products(file)))
    }
}

extension FetchItem {
    /// Whether it is one file that stays as it is.
    package var isSingleFile: Bool { files.count == 1 && files[0].items.isEmpty }
}
