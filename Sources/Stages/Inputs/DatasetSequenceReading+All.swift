import Data

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
