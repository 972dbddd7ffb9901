// Sums over the pixels of images: gradients of biases.

import Numerics

/// The sums over images and pixels of a tensor in blocks of sixteen channels.
struct PixelSum {
  private let tensor: Tensor
  private let imageCount: Int
  private let blockCount: Int
  private let planeSize: Int

  init(_ tensor: Tensor) {
    precondition(tensor.descriptor.isBlocked16, "PixelSum: another layout")
    let shape = tensor.shape
    self.tensor = tensor
    (imageCount, blockCount) = (shape[0], (shape[1] + 15) / 16)
    planeSize = shape[2] * shape[3] * 16
  }

  /// Overwrites `sums` (channels, padded to blocks of sixteen). Cost: one read of the tensor.
  func evaluate(into sums: FloatView) {
    switch tensor.elementType {
    case .float32: evaluate(tensor.lanes(FloatView.self), into: sums)
    case .bfloat16: evaluate(tensor.lanes(BFloat16View.self), into: sums)
    }
  }

  private func evaluate<View: LaneView>(_ values: View, into sums: FloatView) {
    for block in 0..<blockCount {
      var total = SIMD16<Float>.zero
      for image in 0..<imageCount {
        let plane = values.slice((image * blockCount + block) * planeSize, planeSize)
        var sum = SIMD16<Float>.zero
        for index in stride(from: 0, to: planeSize, by: 16) { sum += plane.vector16(at: index) }
        total += sum
      }
      sums.setVector16(total, at: block * 16)
    }
  }
}
