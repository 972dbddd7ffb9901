// Whose code computes networks.

import Configurations
import Datasets
import Glibc
import Kernels
import Numerics
import TargetNetworks
import Testing

/// oneDNN's general code is hundreds of times slower than any other: no network may meet it, on any processor. (With AVX2 and no
/// AVX-512 all once did.)
@Suite struct ImplementationTests {
  /// The networks of all presets that generate some.
  private static func presets() throws -> [(name: String, architecture: TargetArchitecture)] {
    try Configuration.presetNames.compactMap { name in
      let configuration = try Configuration.preset(name)
      guard configuration.problem == .networks else { return nil }
      let images = try DatasetCatalog.describe(name: configuration.data.name)
      return (name, try configuration.targetArchitecture(input: images.shape))
    }
  }

  private static func expectNoReference() throws {
    let networks =
      try presets() + Architectures.small() + Architectures.normalized()
    for (name, architecture) in networks {
      let found = [
        try TrainingEngine(architecture: architecture, imageCount: 8, activations: .float32)
          .implementations,
        try TrainingEngine(architecture: architecture, imageCount: 8, activations: .bfloat16)
          .implementations,
        try InferenceEngine(architecture: architecture, imageCount: 8).implementations,
        try StatisticsEngine(architecture: architecture, imageCount: 8).implementations,
        try ImageGradientEngine(architecture: architecture, imageCount: 8).implementations,
      ]
      for implementations in found {
        let names = implementations.joined()
        #expect(names.contains { !$0.isEmpty }, "\(name)")
        #expect(!names.contains { $0.hasPrefix("ref") }, "\(name): \(implementations)")
      }
    }
  }

  @Test func presetsAreAll() throws {
    let names = try Self.presets().map(\.name)
    #expect(names.contains("resnet32-cifar10"))
    #expect(names.count == Configuration.presetNames.count - 1)
  }

  @Test func noOperatorRunsReferenceCode() throws { try Self.expectNoReference() }

  /// oneDNN as it is on processors without AVX-512.
  @Test func noneWithAVX2() async {
    await #expect(processExitsWith: .success) {
      setenv("DNNL_MAX_CPU_ISA", "AVX2", 1)
      #expect(LibraryReport.oneDNNInstructionSet == "AVX2")
      try ImplementationTests.expectNoReference()
    }
  }

  /// A pooling that oneDNN does, in Float, does not end bfloat16 for the convolutions behind it.
  @Test(.enabled(if: BFloat16View.hasInstructions))
  func bfloat16GoesOnBehindPooling() throws {
    let architecture = try TargetArchitecture(
      input: ImageShape(channels: 3, height: 12, width: 12),
      layers: [
        .convolution(filters: 16, size: 3, stride: 1, padding: .same), .relu,
        .averagePool(size: 2, stride: 2),
        .convolution(filters: 16, size: 3, stride: 1, padding: .same), .relu,
        .fullyConnected(outputs: 4),
      ])
    let engine = try TrainingEngine(
      architecture: architecture, imageCount: 8, activations: .bfloat16)
    let behind = engine.implementations[2]
    #expect(behind.count == 3 && behind.allSatisfy { $0.contains("bf16") }, "\(behind)")
  }
}
