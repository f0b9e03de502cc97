import Data
import Pipeline

extension DatasetReading {
    /// The datasets that `name` may name. To add one: write its file in `Data/Datasets`, add its line here.
    package static let all = [
        DatasetReading(ImageFolder.self) { ImageFolder(root: $0.path("root")) },
        DatasetReading(ImageNetR.self) {
            ImageNetR(root: $0.path("root"), split: RandomSplit($0, else: "lists"))
        },
        DatasetReading(CIFAR10.self) { CIFAR10(root: $0.path("root")) },
        DatasetReading(CIFAR100.self) { CIFAR100(root: $0.path("root")) },
        DatasetReading(CUB200.self) { CUB200(root: $0.path("root")) },
        DatasetReading(StanfordCars.self) { StanfordCars(root: $0.path("root")) },
        DatasetReading(StanfordDogs.self) { StanfordDogs(root: $0.path("root")) },
        DatasetReading(FGVCAircraft.self) { FGVCAircraft(root: $0.path("root")) },
        DatasetReading(SVHN.self) { SVHN(root: $0.path("root")) },
        DatasetReading(MNIST.self) { MNIST(root: $0.path("root")) },
        DatasetReading(FashionMNIST.self) { FashionMNIST(root: $0.path("root")) },
        DatasetReading(NotMNIST.self) {
            NotMNIST(root: $0.path("root"), split: RandomSplit($0, else: "folders"))
        },
        DatasetReading(EmbeddedDataset.self) { EmbeddedDataset($0) },
    ]
}

extension DatasetSequenceReading {
    /// What is made of several datasets.
    package static let all = [
        DatasetSequenceReading(
            name: DatasetSequence.name, summary: DatasetSequence.summary
        ) { SequenceReading($0) },
        DatasetSequenceReading(
            name: "five-datasets",
            summary: "SVHN, MNIST, CIFAR-10, notMNIST and FashionMNIST in sequence, below one ROOT"
        ) { SequenceReading(fiveDatasets: $0) },
    ]
}
