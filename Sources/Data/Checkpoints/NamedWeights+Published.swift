import Pipeline

extension NamedWeights {
    /// The file as it is published; nil when it comes with the program.
    var published: FetchItem? {
        if isBundled { return nil }
        let checksum = digest.text.flatMap { Checksum(.sha256, $0) }
        return FetchItem(
            name: name, kind: .checkpoint, about: about, licence: licence, page: page,
            files: [
                FetchFile(
                    name: fileName, addresses: address.map { [$0] } ?? [], checksum: checksum)
            ])
    }
}
