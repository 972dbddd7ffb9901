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
  package let layout: ImageLayout

  /// What the tensors of a slice may occupy: a part of 2 MB, the usual second-level cache of
  /// processors with AVX-512.
  static let byteLimit = 1_400_000

  /// - Parameter isWhole: one slice of all images, as statistics over all of them require.
  package init(architecture: TargetArchitecture, imageCount: Int, isWhole: Bool = false) {
    precondition(imageCount > 0, "ImageSlices: \(imageCount) images")
    layout = ImageLayout(architecture, imageCount: imageCount)
    guard !isWhole else {
      (size, count) = (imageCount, 1)
      return
    }
    let fitting = Self.byteLimit / Self.bytesPerImage(architecture, layout)
    switch layout {
    case .channels:
      let largest = max(1, fitting)
      count = (imageCount + largest - 1) / largest
      size = (imageCount + count - 1) / count
    case .images:
      // Vectors are full, and two of them share each weight that is read.
      let (vectors, largest) = ((imageCount + 15) / 16, max(2, fitting / 16))
      let parts = (vectors + largest - 1) / largest
      size = parts == 1 ? imageCount : (vectors + parts - 1) / parts * 16
      count = (imageCount + size - 1) / size
    }
  }

  /// The images of a slice, of `imageCount`.
  func range(_ slice: Int, of imageCount: Int) -> Range<Int> {
    slice * size..<min(imageCount, (slice + 1) * size)
  }

  /// Activations and their gradients of one image, channels filled up to the blocks of their layout. ReLU and max
  /// pooling write over what is there or are small, so outputs of layers with weights count once, those of other
  /// activations and pooled images twice.
  static func bytesPerImage(_ architecture: TargetArchitecture, _ layout: ImageLayout) -> Int {
    func elements(_ shape: ImageShape) -> Int {
      let channels = layout == .images ? shape.channels : (shape.channels + 15) / 16 * 16
      return channels * shape.height * shape.width
    }
    var sum = architecture.input.count
    for block in architecture.blocks {
      sum += (block.isNormalized ? 2 : 1) * elements(block.output)
    }
    for (layer, shape) in zip(architecture.layers, architecture.shapes) {
      switch layer {
      case .maxPool, .averagePool, .globalAveragePool, .leakyReLU, .tanh:
        sum += 2 * elements(shape)
      case .convolution, .fullyConnected, .relu, .normalization, .residual: break
      }
    }
    return sum * MemoryLayout<Float>.stride
  }
}
