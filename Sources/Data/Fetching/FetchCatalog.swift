import Pipeline

/// Where datasets and checkpoints are published. Sizes and checksums are those that publishers or
/// the catalogues of torchvision and TensorFlow Datasets state; where nobody states one, none is here.
extension FetchItem {
    /// Everything that can be fetched by name.
    package static let catalog: [FetchItem] = datasets + checkpoints

    /// The datasets.
    static let datasets: [FetchItem] = [
        cifar10, cifar100, imageNetR, cub200, stanfordCars, stanfordDogs, aircraft, svhn, mnist,
        fashionMNIST, notMNIST,
    ]

    private static func sha256(_ digits: String) -> Checksum? { Checksum(.sha256, digits) }
    private static func md5(_ digits: String) -> Checksum? { Checksum(.md5, digits) }

    private static let cifar10 = FetchItem(
        name: "cifar10", kind: .dataset, about: "60,000 pictures of 32 × 32 pixels, 10 classes",
        licence: "none stated", page: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: [
            FetchFile(
                name: "cifar-10-binary.tar.gz",
                addresses: ["https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"],
                byteCount: 170_052_171,
                checksum: sha256(
                    "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
                items: ["cifar-10-batches-bin"])
        ])

    private static let cifar100 = FetchItem(
        name: "cifar100", kind: .dataset, about: "60,000 pictures of 32 × 32 pixels, 100 classes",
        licence: "none stated", page: "https://www.cs.toronto.edu/~kriz/cifar.html",
        files: [
            FetchFile(
                name: "cifar-100-binary.tar.gz",
                addresses: ["https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz"],
                byteCount: 168_513_733,
                checksum: sha256(
                    "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"),
                items: ["cifar-100-binary"])
        ])

    /// The lists are those of CODA-Prompt, at one commit, so that they cannot change.
    private static let imageNetR: FetchItem = {
        let lists =
            "https://raw.githubusercontent.com/GT-RIPL/CODA-Prompt/"
            + "6417d4f68754be68b697c7ca2323ee61e791e1a3/dataloaders/splits/"
        return FetchItem(
            name: "imagenet-r", kind: .dataset,
            about: "30,000 renditions of 200 classes of ImageNet, with the split of CODA-Prompt",
            licence: "MIT (pictures: their owners')",
            page: "https://github.com/hendrycks/imagenet-r",
            files: [
                FetchFile(
                    name: "imagenet-r_train.yaml", addresses: [lists + "imagenet-r_train.yaml"]),
                FetchFile(
                    name: "imagenet-r_test.yaml", addresses: [lists + "imagenet-r_test.yaml"],
                    byteCount: 284_216,
                    checksum: sha256(
                        "57275ac242d68983a4f39ccb81ec34f48b1bd920b9cd79e6e8040d7c042db02a")),
                FetchFile(
                    name: "imagenet-r.tar",
                    addresses: ["https://people.eecs.berkeley.edu/~hendrycks/imagenet-r.tar"],
                    byteCount: 2_191_079_936,
                    checksum: sha256(
                        "18c6bf493b39a0d975d48e587437f562caab9c52ae6327dcfa9dd8eb54aa1b52"),
                    items: ["imagenet-r"]),
            ])
    }()

    private static let cub200 = FetchItem(
        name: "cub200", kind: .dataset, about: "CUB-200-2011: 11,788 birds of 200 kinds",
        licence: "non-commercial research and education",
        page: "https://www.vision.caltech.edu/datasets/cub_200_2011",
        files: [
            FetchFile(
                name: "CUB_200_2011.tgz",
                addresses: ["https://data.caltech.edu/records/65de6-vp158/files/CUB_200_2011.tgz"],
                byteCount: 1_150_585_339, checksum: md5("97eceeb196236b17998738112f37df78"),
                items: ["CUB_200_2011"])
        ])

    private static let stanfordCars = FetchItem(
        name: "stanford-cars", kind: .dataset, about: "16,185 cars of 196 models",
        licence: "non-commercial research",
        page: "https://ai.stanford.edu/~jkrause/cars/car_dataset.html",
        files: [
            FetchFile(
                name: "car_devkit.tgz", addresses: [], byteCount: 330_960,
                checksum: sha256(
                    "b97deb463af7d58b6bfaa18b2a4de9829f0f79e8ce663dfa9261bf7810e9accd"),
                folder: "stanford_cars", items: ["devkit"]),
            FetchFile(
                name: "cars_test_annos_withlabels.mat", addresses: [], byteCount: 185_758,
                checksum: sha256(
                    "790f75be8ea34eeded134cc559332baf23e30e91367e9ddca97d26ed9b895f05"),
                folder: "stanford_cars"),
            FetchFile(
                name: "cars_train.tgz", addresses: [], byteCount: 979_269_282,
                checksum: sha256(
                    "512b227b30e2f0a8aab9e09485786ab4479582073a144998da74d64b801fd288"),
                folder: "stanford_cars", items: ["cars_train"]),
            FetchFile(
                name: "cars_test.tgz", addresses: [], byteCount: 977_350_468,
                checksum: sha256(
                    "bffea656d6f425cba3c91c6d83336e4c5f86c6cffd8975b0f375d3a10da8e243"),
                folder: "stanford_cars", items: ["cars_test"]),
        ],
        remarks: [
            "its owner's address is dead; copies of the files are with torchvision's issue 7545",
            "(https://github.com/pytorch/vision/issues/7545) and on Kaggle",
        ])

    private static let stanfordDogs: FetchItem = {
        let base = "http://vision.stanford.edu/aditya86/ImageNetDogs/"
        return FetchItem(
            name: "stanford-dogs", kind: .dataset, about: "20,580 dogs of 120 breeds",
            licence: "none stated (pictures of ImageNet: non-commercial research)", page: base,
            files: [
                FetchFile(
                    name: "lists.tar", addresses: [base + "lists.tar"], byteCount: 481_280,
                    checksum: sha256(
                        "34b47cacd9a98b5d150e084f24d29391c084c55272295ec65c85651bc35f4d6c"),
                    folder: "stanford_dogs", items: ["train_list.mat", "test_list.mat"]),
                FetchFile(
                    name: "images.tar", addresses: [base + "images.tar"], byteCount: 793_579_520,
                    checksum: sha256(
                        "a443fc2f9a851aa1a7b8e4fa4af94b8459fce2c9f5a2f4dd4669cf9673a4ec58"),
                    folder: "stanford_dogs", items: ["Images"]),
            ])
    }()

    private static let aircraft = FetchItem(
        name: "fgvc-aircraft", kind: .dataset, about: "10,000 aircraft of 100 variants",
        licence: "non-commercial research",
        page: "https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft",
        files: [
            FetchFile(
                name: "fgvc-aircraft-2013b.tar.gz",
                addresses: [
                    "https://www.robots.ox.ac.uk/~vgg/data/fgvc-aircraft/archives/"
                        + "fgvc-aircraft-2013b.tar.gz"
                ],
                byteCount: 2_770_575_360,
                checksum: sha256(
                    "d5f68b1b81d6d7831eb9d5c5517074176b5dfbce6bcb43dc14ed1c66a87b8d75"),
                items: ["fgvc-aircraft-2013b"])
        ])

    private static let svhn: FetchItem = {
        let base = "http://ufldl.stanford.edu/housenumbers/"
        return FetchItem(
            name: "svhn", kind: .dataset,
            about: "99,289 house numbers of 32 × 32 pixels, 10 classes",
            licence: "non-commercial use", page: base,
            files: [
                FetchFile(
                    name: "train_32x32.mat", addresses: [base + "train_32x32.mat"],
                    byteCount: 182_040_794,
                    checksum: sha256(
                        "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8")),
                FetchFile(
                    name: "test_32x32.mat", addresses: [base + "test_32x32.mat"],
                    byteCount: 64_275_384,
                    checksum: sha256(
                        "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b")),
            ])
    }()

    /// The four files of MNIST's form.
    private static func idxFiles(
        _ bases: [String], folder: String, _ facts: [(byteCount: Int, sha256: String)]
    ) -> [FetchFile] {
        let names = [
            "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz",
        ]
        return zip(names, facts).map { name, facts in
            FetchFile(
                name: name, addresses: bases.map { $0 + name }, byteCount: facts.byteCount,
                checksum: sha256(facts.sha256), folder: folder)
        }
    }

    private static let mnist = FetchItem(
        name: "mnist", kind: .dataset, about: "70,000 digits of 28 × 28 pixels",
        licence: "CC BY-SA 3.0", page: "http://yann.lecun.com/exdb/mnist",
        files: idxFiles(
            [
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
            ], folder: "MNIST/raw",
            [
                (9_912_422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
                (28_881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
                (1_648_877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
                (4_542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
            ]))

    private static let fashionMNIST = FetchItem(
        name: "fashion-mnist", kind: .dataset,
        about: "70,000 articles of clothing of 28 × 28 pixels, 10 classes", licence: "MIT",
        page: "https://github.com/zalandoresearch/fashion-mnist",
        files: idxFiles(
            ["http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"],
            folder: "FashionMNIST/raw",
            [
                (26_421_880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
                (29_515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
                (4_422_102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
                (5_148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
            ]))

    private static let notMNIST = FetchItem(
        name: "not-mnist", kind: .dataset, about: "letters A to J of many fonts, 28 × 28 pixels",
        licence: "none stated",
        page: "https://github.com/facebookresearch/Adversarial-Continual-Learning",
        files: [
            FetchFile(
                name: "notMNIST.zip",
                addresses: [
                    "https://github.com/facebookresearch/Adversarial-Continual-Learning/"
                        + "raw/main/data/notMNIST.zip"
                ],
                items: ["notMNIST"])
        ])
}
