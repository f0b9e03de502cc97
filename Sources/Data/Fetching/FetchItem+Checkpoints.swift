import Pipeline

extension FetchItem {
    /// The checkpoints: every file of `NamedWeights.all` that does not come with the program.
    static let checkpoints: [FetchItem] = NamedWeights.all
        .filter { !$0.isBundled }.map(FetchItem.init)

    private init(_ weights: NamedWeights) {
        let checksum = weights.digest.text.flatMap { Checksum(.sha256, $0) }
        self.init(
            name: weights.name, kind: .checkpoint, about: weights.about,
            licence: weights.licence, page: weights.page,
            files: [
                FetchFile(
                    name: weights.fileName, addresses: weights.address.map { [$0] } ?? [],
                    checksum: checksum)
            ])
    }
}
