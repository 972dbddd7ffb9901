// What lies side by side in the vectors of a network's images.

import Kernels
import Numerics

/// What the sixteen numbers of a vector are.
///
/// Channels are filled up with zeros to blocks of sixteen, so that networks of few channels and filters multiply mostly zeros;
/// images need not be, where there are enough of them. Winograd's algorithm works on channels alone.
package enum ImageLayout: Sendable, Equatable {
  /// A pixel's channels.
  case channels
  /// One number of sixteen images.
  case images

  /// The layout that takes fewer multiplications. Geometry decides, never the machine, since sums depend on it; but what was
  /// compiled without fused multiplications and additions has code for channels alone.
  package init(_ architecture: TargetArchitecture, imageCount: Int) {
    let filled = Double(Self.filled(imageCount)) / Double(imageCount)
    self =
      CompiledCode.hasFusedMultiplyAdd && Self.hasLanes(architecture.layers)
        && filled * Self.laneWork(architecture) < Self.channelWork(architecture)
      ? .images : .channels
  }

  private static func filled(_ count: Int) -> Int { (count + 15) / 16 * 16 }

  /// Whether there is code for all of these layers.
  private static func hasLanes(_ layers: [TargetLayer]) -> Bool {
    layers.allSatisfy { layer in
      switch layer {
      case .convolution, .fullyConnected, .relu, .leakyReLU, .tanh: true
      case .maxPool(let size, let stride): size == stride && size <= BlockedMaxPooling.largestSize
      case .averagePool, .globalAveragePool, .normalization, .residual: false
      }
    }
  }

  /// Multiplications of the convolutions' forward pass of an image.
  private static func laneWork(_ architecture: TargetArchitecture) -> Double {
    architecture.blocks.filter { $0.kernelShape.count == 3 }.reduce(0) {
      $0 + Double($1.forwardFLOPs / 2)
    }
  }

  /// The same with zeros in blocks of channels, Winograd's algorithm taking half the time.
  private static func channelWork(_ architecture: TargetArchitecture) -> Double {
    architecture.blocks.filter { $0.kernelShape.count == 3 }.reduce(0) { work, block in
      let (channels, filters) = (block.inputChannelCount, block.filterCount)
      let isImage = block.offset == 0
      var own = Double(block.forwardFLOPs / 2) * Double(filled(filters)) / Double(filters)
      if !isImage { own *= Double(filled(channels)) / Double(channels) }
      if case .convolution(_, let size, 1, _) = architecture.layers[block.layerIndex],
        !isImage, size == 3 || size == 5
      {
        own /= 2
      }
      return work + own
    }
  }
}
