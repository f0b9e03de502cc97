// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
    name: "hide-pipeline",
    products: [
        .executable(name: "hide-pipeline", targets: ["hide-pipeline"]),
        .executable(name: "engine-bench", targets: ["engine-bench"]),
        .executable(name: "pictures-bench", targets: ["pictures-bench"]),
        .executable(name: "pipeline-bench", targets: ["pipeline-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
    ],
    targets: [
        // System libraries: module maps and nothing else.
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(
            name: "CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(
            name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZip", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(
            name: "CMatio", pkgConfig: "matio", providers: [.apt(["libmatio-dev"])]),
        .systemLibrary(
            name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
        .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(
            name: "CWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),
        .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
        .systemLibrary(
            name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // Our own C: vectorised element-wise kernels; archives, whose library's headers redeclare
        // the system; and the picture decoders, whose libraries report errors by longjmp, which
        // Swift cannot do.
        .target(
            name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"])]),
        .target(name: "CArchive", dependencies: ["CLibArchive"]),
        .target(name: "CPictures", dependencies: ["CJPEG", "CPNG", "CTIFF", "CWebP"]),
        // libcurl takes its options by variadic functions, which Swift cannot call.
        .target(name: "CTransfer", dependencies: ["CCurl"]),
        // So does prctl.
        .target(name: "CProcess"),

        .target(
            name: "Engine", dependencies: ["COpenBLAS", "CKernels"], swiftSettings: strict),
        .target(
            name: "Pipeline", dependencies: ["CHDF5", "CYAML", "CCrypto"], swiftSettings: strict),
        .target(
            name: "Data",
            dependencies: [
                "CArchive", "CMatio", "CPictures", "CProcess", "CTransfer", "CZip", "Engine",
                "Pipeline",
            ],
            swiftSettings: strict),
        .target(
            name: "Stages", dependencies: ["Data", "Engine", "Pipeline"], swiftSettings: strict),
        .target(name: "ReferenceImport", dependencies: ["Pipeline"], swiftSettings: strict),
        .executableTarget(
            name: "hide-pipeline",
            dependencies: [
                "Data", "Pipeline", "ReferenceImport", "Stages",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "engine-bench",
            dependencies: [
                "Engine", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "pictures-bench",
            dependencies: [
                "CJPEG", "Data", "Engine", "Pipeline", "Stages",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "pipeline-bench",
            dependencies: [
                "Pipeline", "Stages",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        .target(
            name: "TestSupport", dependencies: ["Engine", "Pipeline"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .testTarget(
            name: "ArchitectureTests", dependencies: ["TestSupport"], swiftSettings: strict),
        .testTarget(
            name: "EngineTests", dependencies: ["CKernels", "Engine", "Pipeline", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "PipelineTests", dependencies: ["CHDF5", "Pipeline", "TestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "StagesTests",
            dependencies: [
                "Data", "Engine", "Pipeline", "ReferenceImport", "Stages", "TestSupport",
            ],
            exclude: ["Fixtures"],
            swiftSettings: strict),
        .testTarget(
            name: "EndToEndTests",
            dependencies: ["Data", "Pipeline", "TestSupport", "hide-pipeline", "mutate-inputs"],
            swiftSettings: strict),

        // Damages inputs and reads them, in a process that may crash.
        .executableTarget(
            name: "mutate-inputs",
            dependencies: ["Data", "Engine", "Pipeline", "Stages", "TestSupport"],
            path: "Tests/MutateInputs", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
