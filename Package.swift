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
    .target(name: "CInstructions"),

    // The product, from the ground up: a target may depend only on targets above it in this list.
    .target(name: "Host", dependencies: ["CHost"]),
    .target(name: "Numerics", dependencies: ["CInstructions", "Host"]),
    .target(name: "Files", dependencies: ["CCrypto", "Host"]),
    .target(name: "Kernels", dependencies: ["CDNNL", "COpenBLAS", "Host", "Numerics"]),
    .target(name: "Collectives", dependencies: ["CMPI", "Host", "Numerics"]),
    .target(name: "Supervision", dependencies: ["CHost", "Collectives", "Host", "Numerics"]),
    .target(name: "TargetNetworks", dependencies: ["Kernels", "Host", "Numerics"]),
    .target(name: "Optimizers", dependencies: ["Host", "Numerics"]),
    .target(name: "ToyProblem", dependencies: ["Numerics"]),
    .target(
      name: "Checkpointing", dependencies: ["CHDF5", "Collectives", "Files", "Host", "Numerics"]),
    .target(
      name: "Datasets", dependencies: ["CZlib", "Checkpointing", "Files", "Host", "Numerics"]),
    .target(
      name: "Hypernetworks",
      dependencies: [
        "TargetNetworks", "Optimizers", "Kernels", "Collectives", "Host", "Numerics",
        "CInstructions",
      ]),
    .target(
      name: "Configurations",
      dependencies: [
        "Hypernetworks", "TargetNetworks", "Optimizers", "Datasets", "Collectives", "Files", "Host",
        "Numerics",
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(
      name: "Evaluation",
      dependencies: [
        "Hypernetworks", "TargetNetworks", "Datasets", "Collectives", "Files", "Host", "Numerics",
      ]),
    .target(
      name: "Baselines",
      dependencies: [
        "Evaluation", "Configurations", "Hypernetworks", "TargetNetworks", "Optimizers", "Host",
        "Numerics",
      ]),
    .target(
      name: "TrainedModels",
      dependencies: [
        "Baselines", "Evaluation", "Configurations", "Checkpointing", "Hypernetworks",
        "TargetNetworks", "ToyProblem", "Datasets", "Files",
        "Host", "Numerics",
      ]),
    .target(name: "RunFiles", dependencies: ["Files", "Host"]),
    .target(
      name: "Training",
      dependencies: [
        "RunFiles", "TrainedModels", "Baselines", "Evaluation", "Configurations", "Checkpointing",
        "Hypernetworks", "TargetNetworks", "ToyProblem", "Optimizers", "Datasets", "Supervision",
        "Collectives", "Files", "Host", "Numerics",
      ]),
    .target(
      name: "Exporting",
      dependencies: [
        "Hypernetworks", "TargetNetworks", "Datasets", "Kernels", "Files", "Host", "Numerics",
      ]),
    .target(
      name: "Benchmarks",
      dependencies: [
        "Training", "TrainedModels", "Configurations", "Checkpointing", "Hypernetworks",
        "TargetNetworks", "Optimizers", "Datasets", "Collectives", "Files", "Host", "Numerics",
      ]),
    .target(
      name: "Scaling",
      dependencies: [
        "Training", "TrainedModels", "Configurations", "Hypernetworks", "TargetNetworks",
        "Collectives", "Files", "Host", "Numerics",
      ]),
    .target(
      name: "Analysis",
      dependencies: [
        "Evaluation", "Hypernetworks", "TargetNetworks", "Datasets", "Kernels", "Collectives",
        "Files", "Host", "Numerics",
      ]),
    .target(
      name: "Reporting",
      dependencies: [
        "Analysis", "Scaling", "Training", "RunFiles", "TrainedModels", "Evaluation",
        "Configurations", "ToyProblem", "Hypernetworks", "TargetNetworks", "Files", "Host",
        "Numerics",
      ]),
    .executableTarget(
      name: "hyperdist",
      dependencies: [
        "Reporting", "Analysis", "Scaling", "Benchmarks", "Exporting", "Training", "RunFiles",
        "TrainedModels",
        "Evaluation", "Configurations", "Checkpointing", "Hypernetworks", "TargetNetworks",
        "ToyProblem", "Optimizers", "Datasets", "Supervision", "Collectives", "Kernels", "Files",
        "Host",
        "Numerics",
        "CHost",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      // A compute node without a Swift installation runs this binary.
      linkerSettings: [
        .unsafeFlags(["-static-stdlib"]),
        // By which ranks know that they run the same program.
        .unsafeFlags(["-Xlinker", "--build-id"]),
        .linkedLibrary("CoreFoundation"), .linkedLibrary("_FoundationCShims"),
        .linkedLibrary("_FoundationCollections"),
        .linkedLibrary("_FoundationICU"), .linkedLibrary("stdc++"),
      ]),

    // What tests share: folders, programs started on several ranks, Python, golden values, random data.
    .target(name: "TestSupport", dependencies: ["Numerics"], path: "Tests/TestSupport"),
    .testTarget(name: "StructureTests", dependencies: ["TestSupport"]),
    // Breaks trainings on purpose: `Launch/test faults`.
    .executableTarget(
      name: "FaultCampaign", dependencies: ["Checkpointing", "TestSupport", "Numerics"],
      path: "Tests/FaultCampaign", exclude: ["Shim"]),
    // Operators in Double, by their formulas.
    .target(
      name: "NaiveReference", dependencies: ["Numerics"], path: "Tests/NaiveReference"),
    .testTarget(name: "NumericsTests", dependencies: ["TestSupport", "Host", "Numerics"]),
    .testTarget(name: "HostTests", dependencies: ["Host"]),
    .testTarget(name: "FilesTests", dependencies: ["TestSupport", "Files"]),
    .testTarget(
      name: "KernelsTests",
      dependencies: [
        "Kernels", "Configurations", "Datasets", "TargetNetworks", "NaiveReference", "TestSupport",
        "Files", "Host", "Numerics",
      ]),
    // Programs that tests start on several ranks.
    .executableTarget(
      name: "CollectivesProbe", dependencies: ["CMPI", "Collectives", "Files", "Host", "Numerics"],
      path: "Tests/CollectivesProbe"),
    .testTarget(
      name: "CollectivesTests",
      dependencies: [
        "Collectives", "CollectivesProbe", "TestSupport", "Files", "Host", "Numerics",
      ]),
    .testTarget(
      name: "SupervisionTests", dependencies: ["Supervision", "Files", "Host", "Numerics"]),
    .testTarget(
      name: "TargetNetworksTests",
      dependencies: [
        "TargetNetworks", "Configurations", "Datasets", "Kernels", "NaiveReference", "TestSupport",
        "Files", "Host", "Numerics",
      ]),
    .testTarget(
      name: "OptimizersTests",
      dependencies: ["Optimizers", "TestSupport", "Files", "Host", "Numerics"]),
    .testTarget(
      name: "ToyProblemTests",
      dependencies: ["ToyProblem", "TestSupport", "Files", "Host", "Numerics"]),
    .testTarget(
      name: "DatasetsTests",
      dependencies: [
        "Datasets", "Checkpointing", "CZlib", "TestSupport", "Files", "Host", "Numerics",
      ]),
    .testTarget(
      name: "EvaluationTests",
      dependencies: [
        "Evaluation", "TestSupport", "Hypernetworks", "TargetNetworks", "Datasets", "Kernels",
        "Collectives",
        "Files", "Host", "Numerics",
      ]),
    .testTarget(
      name: "AnalysisTests",
      dependencies: [
        "Analysis", "Evaluation", "Hypernetworks", "TargetNetworks", "Datasets", "Kernels",
        "Collectives", "Files", "Host", "Numerics",
      ]),
    .testTarget(
      name: "HypernetworksTests",
      dependencies: [
        "TrainedModels", "Configurations", "Hypernetworks", "TargetNetworks", "Optimizers",
        "Kernels", "Collectives", "TestSupport", "Files", "Host", "Numerics",
      ],
      exclude: ["Golden"]),
    .executableTarget(
      name: "CheckpointingProbe",
      dependencies: ["Checkpointing", "Collectives", "Files", "Host", "Numerics"],
      path: "Tests/CheckpointingProbe"),
    .testTarget(
      name: "CheckpointingTests",
      dependencies: [
        "Checkpointing", "CheckpointingProbe", "Collectives", "TestSupport", "Files", "Host",
        "Numerics",
      ]),
    .testTarget(
      name: "RunFilesTests", dependencies: ["RunFiles", "TestSupport", "Files", "Host"]),
    .testTarget(
      name: "BaselinesTests",
      dependencies: [
        "Baselines", "Configurations", "Evaluation", "Hypernetworks", "TargetNetworks", "Kernels",
        "TestSupport", "Numerics",
      ]),
    .executableTarget(
      name: "TrainingProbe",
      dependencies: [
        "Training", "Evaluation", "Configurations", "Checkpointing", "Hypernetworks",
        "TargetNetworks", "Optimizers", "Datasets", "Kernels", "Collectives", "Files", "Host",
        "Numerics",
      ],
      path: "Tests/TrainingProbe"),
    // Gives damaged files to everything that reads files: `Launch/test readers`.
    .executableTarget(
      name: "ReaderFuzz",
      dependencies: [
        "TrainedModels", "RunFiles", "Configurations", "Checkpointing", "Datasets", "TestSupport",
        "Files", "Host", "Numerics",
      ],
      path: "Tests/ReaderFuzz"),
    .testTarget(
      name: "TrainedModelsTests",
      dependencies: [
        "TrainedModels", "Configurations", "Checkpointing", "ToyProblem", "Collectives",
        "TestSupport", "Files", "Host", "Numerics",
      ]),
    .testTarget(
      name: "TrainingTests",
      dependencies: [
        "TrainingProbe", "Training", "Baselines", "RunFiles", "Configurations", "Checkpointing",
        "Hypernetworks",
        "Datasets", "Kernels", "Collectives", "TestSupport", "Files", "Host", "Numerics",
      ]
    ),
    .testTarget(
      name: "ScalingTests",
      dependencies: [
        "Scaling", "TrainedModels", "Hypernetworks", "Configurations", "Collectives", "TestSupport",
        "Files", "Host", "Numerics",
      ]),
    .testTarget(
      name: "ConfigurationsTests",
      dependencies: [
        "Configurations", "Hypernetworks", "TargetNetworks", "TestSupport", "Files", "Host",
        "Numerics",
      ]),
    .testTarget(
      name: "ExportingTests",
      dependencies: [
        "Exporting", "Hypernetworks", "TargetNetworks", "Datasets", "Kernels", "TestSupport",
        "Files",
        "Numerics",
      ]),
    .testTarget(
      name: "ProgramTests",
      dependencies: [
        "Scaling", "TestSupport", "Configurations", "Collectives", "Files", "Host", "Numerics",
      ],
      exclude: ["Hosts", "Python", "Slurm"]),
  ],
  swiftLanguageModes: [.v6]
)
