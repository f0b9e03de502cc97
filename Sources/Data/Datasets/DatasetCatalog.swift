/// The kinds of dataset. To add one: write its file, with its description, and add its line here.
package enum DatasetCatalog {
    /// In the order in which they are listed.
    static let kinds: [any DescribedDataset.Type] = [
        ImageFolder.self,
        ImageNetR.self,
        CIFAR10.self,
        CIFAR100.self,
        CUB200.self,
        StanfordCars.self,
        StanfordDogs.self,
        FGVCAircraft.self,
        SVHN.self,
        MNIST.self,
        FashionMNIST.self,
        NotMNIST.self,
        DomainNet.self,
        EmbeddedDataset.self,
    ]

    /// What is known of each.
    package static let all: [DatasetDescription] = kinds.map { $0.description }
}
