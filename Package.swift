// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "hyperdist",
  products: [.executable(name: "hyperdist", targets: ["hyperdist"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.0.0"),
  ],
  targets: [
    // System libraries, each with one Swift importer.
    .systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(
      name: "CHDF5", pkgConfig: "hdf5-openmpi", providers: [.apt(["libhdf5-openmpi-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CDNNL", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // Counts of allocations and what the compiler was allowed: in C, for the program alone.
    .target(name: "CHost"),
    // Instructions that Swift has no names for, in a header of inline C.
    .target(name: "CBFloat16"),

    // The product, from the ground up: a target may depend only on targets above it in this list.
    .target(name: "TensorCore", dependencies: ["CBFloat16", "CCrypto"]),
    .target(name: "Kernels", dependencies: ["CDNNL", "COpenBLAS", "TensorCore"]),
    .target(name: "Collectives", dependencies: ["CMPI", "TensorCore"]),
    .target(name: "Supervision", dependencies: ["Collectives", "TensorCore"]),
    .target(name: "TargetNetworks", dependencies: ["Kernels", "TensorCore"]),
    .target(name: "Optimizers", dependencies: ["TensorCore"]),
    .target(name: "ToyProblem", dependencies: ["TensorCore"]),
    .target(name: "Datasets", dependencies: ["CZlib", "TensorCore"]),
    .target(
      name: "Hypernetworks",
      dependencies: ["TargetNetworks", "Kernels", "Collectives", "TensorCore"]),
    .target(
      name: "Checkpointing", dependencies: ["CHDF5", "Collectives", "TensorCore"]),
    .target(
      name: "Configurations",
      dependencies: [
        "Hypernetworks", "TargetNetworks", "Datasets", "Collectives", "TensorCore",
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(
      name: "Evaluation",
      dependencies: [
        "Hypernetworks", "TargetNetworks", "Datasets", "Collectives", "TensorCore",
      ]),
    .target(
      name: "Training",
      dependencies: [
        "Evaluation", "Configurations", "Checkpointing", "Hypernetworks", "TargetNetworks",
        "ToyProblem", "Optimizers", "Datasets", "Supervision", "Collectives", "TensorCore",
      ]),
    .target(
      name: "Analysis",
      dependencies: [
        "Evaluation", "Hypernetworks", "TargetNetworks", "Datasets", "Kernels", "Collectives",
        "TensorCore",
      ]),
    .target(
      name: "Reporting",
      dependencies: [
        "Analysis", "Training", "Evaluation", "Configurations", "ToyProblem", "Hypernetworks",
        "TargetNetworks", "TensorCore",
      ]),
    .executableTarget(
      name: "hyperdist",
      dependencies: [
        "Reporting", "Analysis", "Training", "Evaluation", "Configurations", "Checkpointing",
        "Hypernetworks", "TargetNetworks", "ToyProblem", "Optimizers", "Datasets", "Collectives",
        "Kernels", "TensorCore",
        "CHost",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      // A compute node without a Swift installation runs this binary.
      linkerSettings: [
        .unsafeFlags(["-static-stdlib"]),
        .linkedLibrary("CoreFoundation"), .linkedLibrary("_FoundationCShims"),
        .linkedLibrary("_FoundationCollections"),
        .linkedLibrary("_FoundationICU"), .linkedLibrary("stdc++"),
      ]),

    .testTarget(name: "StructureTests"),
    // Operators in Double, by their formulas.
    .target(
      name: "NaiveReference", dependencies: ["TensorCore"], path: "Tests/NaiveReference"),
    .testTarget(name: "TensorCoreTests", dependencies: ["TensorCore"]),
    .testTarget(name: "KernelsTests", dependencies: ["Kernels", "NaiveReference", "TensorCore"]),
    // Programs that tests start on several ranks, and what starts them.
    .target(name: "RankLauncher", path: "Tests/RankLauncher"),
    .executableTarget(
      name: "CollectivesProbe", dependencies: ["CMPI", "Collectives", "TensorCore"],
      path: "Tests/CollectivesProbe"),
    .testTarget(
      name: "CollectivesTests",
      dependencies: ["Collectives", "CollectivesProbe", "RankLauncher", "TensorCore"]),
    .testTarget(name: "SupervisionTests", dependencies: ["Supervision", "TensorCore"]),
    .testTarget(
      name: "TargetNetworksTests",
      dependencies: ["TargetNetworks", "Kernels", "NaiveReference", "TensorCore"]),
    .testTarget(
      name: "OptimizersTests", dependencies: ["Optimizers", "NaiveReference", "TensorCore"]),
    .testTarget(name: "ToyProblemTests", dependencies: ["ToyProblem", "TensorCore"]),
    .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "CZlib", "TensorCore"]),
    .testTarget(
      name: "EvaluationTests", dependencies: ["Evaluation", "Collectives", "TensorCore"]),
    .testTarget(
      name: "AnalysisTests",
      dependencies: [
        "Analysis", "Evaluation", "Hypernetworks", "TargetNetworks", "Datasets", "Kernels",
        "Collectives", "TensorCore",
      ]),
    .testTarget(
      name: "HypernetworksTests",
      dependencies: [
        "Hypernetworks", "TargetNetworks", "Optimizers", "Kernels", "Collectives", "TensorCore",
      ],
      exclude: ["Golden"]),
    .executableTarget(
      name: "CheckpointingProbe", dependencies: ["Checkpointing", "Collectives", "TensorCore"],
      path: "Tests/CheckpointingProbe"),
    .testTarget(
      name: "CheckpointingTests",
      dependencies: [
        "Checkpointing", "CheckpointingProbe", "Collectives", "RankLauncher", "TensorCore",
      ]),
    .executableTarget(
      name: "TrainingProbe",
      dependencies: [
        "Training", "Evaluation", "Configurations", "Hypernetworks", "TargetNetworks", "Datasets",
        "Kernels", "Collectives", "TensorCore",
      ],
      path: "Tests/TrainingProbe"),
    .testTarget(
      name: "TrainingTests",
      dependencies: ["Training", "TrainingProbe", "RankLauncher", "TensorCore"]
    ),
    .testTarget(
      name: "ConfigurationsTests",
      dependencies: ["Configurations", "Hypernetworks", "TargetNetworks", "TensorCore"]),
    .testTarget(
      name: "ProgramTests",
      dependencies: ["RankLauncher", "Configurations", "TensorCore"],
      exclude: ["Python"]),
  ],
  swiftLanguageModes: [.v6]
)
