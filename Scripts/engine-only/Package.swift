// swift-tools-version: 6.1
import PackageDescription

// The engine and its tests alone, for builds of another kind than the usual one (sanitizers, mutants)
// which would take too long for the whole package. `Scripts/engine_only.sh` puts it together.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
]

let package = Package(
    name: "hide-pipeline",
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas"),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5-serial"),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1"),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto"),
        .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3", "-fno-math-errno"])]),
        .target(name: "Engine", dependencies: ["COpenBLAS", "CKernels"], swiftSettings: strict),
        .target(
            name: "Pipeline", dependencies: ["CHDF5", "CYAML", "CCrypto"], swiftSettings: strict),
        .target(
            name: "TestSupport", dependencies: ["Engine", "Pipeline"], path: "Tests/TestSupport",
            swiftSettings: strict),
        .testTarget(
            name: "EngineTests", dependencies: ["CKernels", "Engine", "Pipeline", "TestSupport"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
