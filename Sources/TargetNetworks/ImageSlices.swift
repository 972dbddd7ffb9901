// How many images a pass takes at a time.

import TensorCore

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

  package init(architecture: TargetArchitecture, imageCount: Int) {
    precondition(imageCount > 0, "ImageSlices: \(imageCount) images")
    let largest = max(1, Self.byteLimit / Self.bytesPerImage(architecture))
    count = (imageCount + largest - 1) / largest
    size = (imageCount + count - 1) / count
  }

  /// Activations and their gradients of one image, channels padded to blocks of sixteen. ReLU and max
  /// pooling write over what is there or are small, so outputs of layers with weights count once and
  /// pooled images twice.
  static func bytesPerImage(_ architecture: TargetArchitecture) -> Int {
    var sum = architecture.input.count
    for (layer, shape) in zip(architecture.layers, architecture.shapes) {
      let elements = (shape.channels + 15) / 16 * 16 * shape.height * shape.width
      switch layer {
      case .convolution, .fullyConnected: sum += elements
      case .relu: break
      case .maxPool, .averagePool: sum += 2 * elements
      }
    }
    return sum * MemoryLayout<Float>.stride
  }
}
