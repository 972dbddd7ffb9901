// How many gradients need memory of their own.

import Numerics
import TargetNetworks
import Testing

@Suite struct ChainBuilderTests {
  private func ownGradients(_ architecture: TargetArchitecture) throws -> Int {
    var builder = try ChainBuilder(
      architecture: architecture, imageCount: 4, statistics: .batch, activations: .float32)
    _ = try builder.makeWeightGradients()
    return builder.ownGradientCount
  }

  /// Max pooling writes its source's gradient over the source; behind pooling and products there are gradients.
  @Test func poolingWritesOverConvolutions() throws {
    // Of two poolings and one product; the convolutions' are over their outputs.
    #expect(try ownGradients(Architectures.mnist()) == 3)
    #expect(try ownGradients(Architectures.leNet()) == 4)
  }

  /// A convolution behind a convolution has its own, since ReLU's gradient wants the output.
  @Test func convolutionsBehindConvolutions() throws {
    let architecture = try TargetArchitecture(
      input: ImageShape(channels: 3, height: 8, width: 8),
      layers: [
        .convolution(filters: 16, size: 3, stride: 1, padding: .same), .relu,
        .convolution(filters: 16, size: 3, stride: 1, padding: .same), .relu,
        .fullyConnected(outputs: 3),
      ])
    #expect(try ownGradients(architecture) == 2)
  }

  /// However deep a residual network is, its gradients need the memory of a few: for each of three shapes what arrives, what
  /// goes on and what a shortcut keeps.
  @Test func residualNetworksShareGradients() throws {
    let counts = try [2, 3, 7].map { blocks in
      try ownGradients(
        TargetArchitecture(
          input: ImageShape(channels: 3, height: 16, width: 16),
          layers: TargetLayer.residualNetwork(blocksPerStage: blocks, width: 16, classCount: 4)))
    }
    #expect(counts[0] == counts[1] && counts[1] == counts[2], "\(counts)")
    #expect(counts[2] <= 10, "\(counts)")
  }
}
