// What lies side by side in whose vectors.

import Numerics
import TargetNetworks
import Testing

@Suite(.enabled(if: CompiledCode.hasFusedMultiplyAdd)) struct ImageLayoutTests {
  /// Of few channels and filters images, if there are enough; what fills blocks of sixteen or is normalized, channels.
  @Test func layoutsOfKnownNetworks() throws {
    let leNet = try Architectures.leNet()
    for imageCount in [16, 32, 51, 5000] {
      #expect(ImageLayout(leNet, imageCount: imageCount) == .images)
    }
    #expect(ImageLayout(leNet, imageCount: 4) == .channels)
    #expect(ImageLayout(try Architectures.mnist(), imageCount: 32) == .channels)
    for (name, architecture) in try Architectures.normalized() {
      #expect(ImageLayout(architecture, imageCount: 32) == .channels, "\(name)")
    }
  }

  /// Networks that the other tests run in both layouts.
  @Test func smallNetworksHaveBoth() throws {
    let names = try Architectures.small().filter {
      ImageLayout($0.architecture, imageCount: 33) == .images
    }.map(\.name)
    #expect(
      names == [
        "like LeNet", "pooling and ReLU of images", "leaky ReLU, like LeNet",
        "tanh of images side by side",
      ])
  }
}
