// How images are cut into slices.

import Numerics
import TargetNetworks
import Testing

@Suite struct ImageSlicesTests {
  @Test func slicesCoverTheImages() throws {
    for architecture in try Architectures.all() {
      for imageCount in 1...70 {
        let slices = ImageSlices(architecture: architecture, imageCount: imageCount)
        #expect(slices.size * slices.count >= imageCount)
        #expect(slices.size * (slices.count - 1) < imageCount)
      }
    }
  }

  /// What statistics are taken of is in one slice, however much memory that needs.
  @Test func wholeIsOneSlice() throws {
    let architecture = try Architectures.mnist()
    let slices = ImageSlices(architecture: architecture, imageCount: 500, isWhole: true)
    #expect(slices.size == 500 && slices.count == 1)
    #expect(ImageSlices(architecture: architecture, imageCount: 500).count > 1)
  }

  /// The slices decide in which order gradients are summed: other ones are other bits.
  @Test func slicesOfKnownNetworks() throws {
    let mnist = ImageSlices(architecture: try Architectures.mnist(), imageCount: 32)
    #expect(mnist.size == 8 && mnist.count == 4)
    let leNet = ImageSlices(architecture: try Architectures.leNet(), imageCount: 32)
    if CompiledCode.hasFusedMultiplyAdd {
      #expect(leNet.size == 32 && leNet.count == 1 && leNet.layout == .images)
    } else {
      #expect(leNet.size == 11 && leNet.count == 3)
    }
  }
}
