// How many images a pass takes at a time.

import Numerics

/// Images are run in slices whose tensors stay in a core's second-level cache from forward to backward.
///
/// The rule looks at the geometry alone, never at the machine, since the slices are the order in which
/// weight gradients are summed: everybody gets the same bits.
package struct ImageSlices: Sendable, Equatable {
  /// Images of a slice; the last slice is filled up with blanks.
  package let size: Int
  package let count: Int

  /// What the tensors of a slice may occupy: a part of 2 MB, the usual second-level cache of
  /// processors with AVX-512.
  static let byteLimit = 1_400_000

  /// - Parameter isWhole: one slice of all images, as statistics over all of them require.
  package init(architecture: TargetArchitecture, imageCount: Int, isWhole: Bool = false) {
    precondition(imageCount > 0, "ImageSlices: \(imageCount) images")
    guard !isWhole else {
      (size, count) = (imageCount, 1)
      return
    }
    let largest = max(1, Self.byteLimit / Self.bytesPerImage(architecture))
    count = (imageCount + largest - 1) / largest
    size = (imageCount + count - 1) / count
  }

  /// Activations and their gradients of one image, channels padded to blocks of sixteen. ReLU and max
  /// pooling write over what is there or are small, so outputs of layers with weights count once and
  /// pooled images twice.
  static func bytesPerImage(_ architecture: TargetArchitecture) -> Int {
    func elements(_ shape: ImageShape) -> Int {
      (shape.channels + 15) / 16 * 16 * shape.height * shape.width
    }
    var sum = architecture.input.count
    for block in architecture.blocks {
      sum += (block.isNormalized ? 2 : 1) * elements(block.output)
    }
    for (layer, shape) in zip(architecture.layers, architecture.shapes) {
      switch layer {
      case .maxPool, .averagePool, .globalAveragePool: sum += 2 * elements(shape)
      case .convolution, .fullyConnected, .relu, .normalization, .residual: break
      }
    }
    return sum * MemoryLayout<Float>.stride
  }
}
