public import Pipeline

/// DomainNet (cleaned version): pictures of 345 classes in six domains, each with the official lists
/// `DOMAIN_train.txt` and `DOMAIN_test.txt` of lines `DOMAIN/CLASS/PICTURE LABEL`. A task is a domain.
public struct DomainNet: PublishedDataset, DomainDataset {
    /// The domains in the order of S-Prompts (Wang et al. 2022), which is that of their names.
    package static let allDomains = [
        "clipart", "infograph", "painting", "quickdraw", "real", "sketch",
    ]
    /// The pictures to train and to test of each domain.
    private static let counts = [
        "clipart": (33_525, 14_604), "infograph": (36_023, 15_582),
        "painting": (50_416, 21_850), "quickdraw": (120_750, 51_750),
        "real": (120_906, 52_041), "sketch": (48_212, 20_916),
    ]
    private static let classCount = 345
    private static let folder = "domainnet"

    /// The folder with `domainnet`, or with the folders of the domains.
    public let root: String
    public let domains: [String]

    /// Creates a dataset.
    ///
    /// - Precondition: `domains` are some of DomainNet, each once.
    public init(root: String, domains: [String]? = nil) {
        self.root = root
        self.domains = domains ?? Self.allDomains
        precondition(Set(self.domains).isSubset(of: Self.allDomains))
    }

    public var location: String {
        domains == Self.allDomains ? root : "\(root), domains \(domains.joined(separator: ", "))"
    }

    public var official: OfficialFigures? { Self.figures(of: domains) }

    private static func figures(of domains: [String]) -> OfficialFigures {
        let figures = domains.compactMap { Self.counts[$0] }
        return OfficialFigures(
            classes: classCount, train: figures.reduce(0) { $0 + $1.0 },
            test: figures.reduce(0) { $0 + $1.1 })
    }

    var place: PublishedFolder {
        PublishedFolder(
            root: root, places: [Self.folder, ""],
            layouts: [
                PublishedLayout(
                    markers: domains,
                    archives: domains.map { PublishedArchive("\($0).zip", items: [$0]) })
            ])
    }

    /// The lists, which no archive brings.
    var signs: [[String]] {
        [domains.flatMap { domain in Split.allCases.map { Self.list(domain, $0) } }]
    }

    func placed(at root: String) -> DomainNet { DomainNet(root: root, domains: domains) }

    private static func list(_ domain: String, _ split: Split) -> String {
        "\(domain)_\(split.rawValue).txt"
    }

    /// Where the folders of the domains are.
    private var base: String {
        get throws(UnreadableInput) {
            let own = "\(root)/\(Self.folder)"
            return try InputPath.isFolder(own) ? own : root
        }
    }

    private var hint: String {
        "'\(root)' or its folder '\(Self.folder)' must hold the lists \(domains[0])_train.txt, … and the "
            + "folders of the domains or their archives"
    }

    public func picture(_ entry: DatasetManifest.Entry) throws -> Picture {
        try ListedPictures.picture("\(base)/\(entry.path)")
    }

    public func listing(_ fingerprints: any FingerprintCache) throws -> DatasetListing {
        let base = try self.base
        var names: [Int: String] = [:]
        var entries: [DatasetManifest.Entry] = []
        for (part, domain) in domains.enumerated() {
            let items = try Split.allCases.flatMap { try self.items(domain, $0, base, &names) }
            entries += try ListedPictures.entries(items, below: base, fingerprints, hint: hint)
                .map { $0.of(part: part) }
        }
        let labels = names.keys.sorted()
        if let missing = labels.indices.first(where: { labels[$0] != $0 }) {
            throw UnreadableInput(
                path: base, problem: "label \(missing) has no picture in the lists", hint: hint)
        }
        return DatasetListing(
            classNames: labels.compactMap { names[$0] }, entries: entries, domains: domains)
    }

    /// The pictures of a list.
    ///
    /// - Parameter names: of the classes by label, as the lists before say; grows.
    private func items(
        _ domain: String, _ split: Split, _ base: String, _ names: inout [Int: String]
    ) throws(UnreadableInput) -> [ListedPictures.Item] {
        let path = "\(base)/\(Self.list(domain, split))"
        var items: [ListedPictures.Item] = []
        for (index, line) in try lines(path).enumerated() where !line.isEmpty {
            let place = "\(path):\(index + 1)"
            guard let (picture, name, label) = Self.parts(line, domain) else {
                throw UnreadableInput(
                    path: place,
                    problem:
                        "'\(Printable.quoted(line))' is not \(domain)/CLASS/PICTURE LABEL with a "
                        + "label from 0 to \(Self.classCount - 1)", hint: hint)
            }
            if let known = names[label], known != name {
                throw UnreadableInput(
                    path: place,
                    problem: "label \(label) is '\(Printable.quoted(name))' here and "
                        + "'\(Printable.quoted(known))' in a line before", hint: hint)
            }
            names[label] = name
            items.append(ListedPictures.Item(path: picture, label: label, split: split))
        }
        guard !items.isEmpty else {
            throw UnreadableInput(path: path, problem: "lists no picture", hint: hint)
        }
        return items
    }

    private func lines(_ path: String) throws(UnreadableInput) -> [String] {
        do {
            return try TextLines(path: path).lines
        } catch {
            throw UnreadableInput(path: error.path, problem: error.problem, hint: hint)
        }
    }

    /// Picture, name of the class and label of a line; nil when it is malformed.
    private static func parts(
        _ line: String, _ domain: String
    ) -> (picture: String, name: String, label: Int)? {
        guard let blank = line.lastIndex(of: " "),
            let label = Int(line[line.index(after: blank)...]),
            (0..<classCount).contains(label)
        else { return nil }
        let picture = String(line[..<blank])
        let parts = picture.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == domain, ListedPictures.isInside(picture) else {
            return nil
        }
        return (picture, String(parts[1]), label)
    }
}

extension DatasetManifest.Entry {
    /// The same picture in another part.
    fileprivate func of(part: Int) -> DatasetManifest.Entry {
        DatasetManifest.Entry(
            path: path, label: label, split: split, byteCount: byteCount, sha256: sha256, part: part
        )
    }
}

extension DomainNet {
    public static let description = DatasetDescription(
        name: "domainnet",
        summary:
            "DomainNet: ROOT (or ROOT/domainnet) with six folders or archives of domains and their "
            + "lists; a task a domain",
        transforms: .standard,
        layout:
            "`clipart/`, `infograph/`, `painting/`, `quickdraw/`, `real/`, `sketch/` (or `clipart.zip`, "
            + "…) and the lists `clipart_train.txt`, `clipart_test.txt`, …, here or in `domainnet/`; the "
            + "cleaned version",
        official: .given(figures(of: allDomains)),
        classFigures: .absent(because: "the classes have different sizes"),
        published: .given(published),
        citation: .given(
            Citation(
                authors: [
                    "Peng, Xingchao", "Bai, Qinxun", "Xia, Xide", "Huang, Zijun", "Saenko, Kate",
                    "Wang, Bo",
                ],
                title: "Moment Matching for Multi-Source Domain Adaptation",
                venue: "IEEE/CVF International Conference on Computer Vision (ICCV)", year: 2019)),
        recognition: .given(
            DatasetRecognition(signs: ["domainnet"] + allDomains.map { list($0, .train) }) {
                DomainNet(root: $0)
            }),
        read: { DomainNet(root: $0.path("root"), domains: domains($0)) })

    /// Reads `domains`; the order is that of the tasks.
    private static func domains(_ reader: ParameterReader) -> [String] {
        let names = reader.strings("domains", default: allDomains)
        var seen: Set<String> = []
        for name in names {
            if !allDomains.contains(name) {
                reader.report(
                    "domains", "has no domain '\(Printable.quoted(name))'",
                    hint: NearestName.hintOrList(name, among: allDomains))
            } else if !seen.insert(name).inserted {
                reader.report("domains", "names '\(name)' twice")
            }
        }
        if names.isEmpty { reader.report("domains", "names no domain", hint: "leave it out") }
        return Set(names).isSubset(of: allDomains) && !names.isEmpty ? names : allDomains
    }

    /// Its publisher states neither sizes nor checksums.
    private static let published: FetchItem = {
        let base = "http://csr.bu.edu/ftp/visda/2019/multi-source/"
        let lists = allDomains.flatMap { domain in
            Split.allCases.map { split in
                FetchFile(
                    name: list(domain, split),
                    addresses: ["\(base)domainnet/txt/\(list(domain, split))"], folder: folder)
            }
        }
        // The cleaned archives of two domains lie apart.
        let archives = allDomains.map { domain in
            let cleaned = ["clipart", "painting"].contains(domain) ? "groundtruth/" : ""
            return FetchFile(
                name: "\(domain).zip", addresses: ["\(base)\(cleaned)\(domain).zip"],
                folder: folder, items: [domain])
        }
        return FetchItem(
            name: "domainnet", kind: .dataset,
            about: "586,575 pictures of 345 classes in six domains (cleaned version)",
            licence: "none known (see its page)", page: "http://ai.bu.edu/M3SDA/",
            files: lists + archives)
    }()
}
