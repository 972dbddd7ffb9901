// Convolutions of images with few channels, forward.

import Numerics

/// output = source (*) kernels + bias, with or without ReLU, a row at a time as a product of matrices.
final class ThinPass: OperatorPass, DerivedKernels {
  private let patches: ThinPatches
  private let weights: FilterWeights
  private let output: Tensor
  private let rectified: Bool
  private let imageCount: Int
  private let blockCount: Int
  private let height: Int
  private let width: Int
  /// (block of filters, tap, filter in block).
  private let kernels: AlignedBuffer<Float>
  private let row: AlignedBuffer<Float>

  init(_ patches: ThinPatches, weights: FilterWeights, output: Tensor, rectified: Bool) {
    self.patches = patches
    self.weights = weights
    self.output = output
    self.rectified = rectified
    let shape = output.shape
    (imageCount, blockCount, height, width) = (shape[0], shape[1] / 16, shape[2], shape[3])
    kernels = AlignedBuffer(count: blockCount * patches.tapCount * 16)
    row = AlignedBuffer(count: patches.columnCount * 16)
    weights.add(self)
  }

  func load(_ block: FloatView, member: Int) {
    let shape = weights.shape
    for filter in 0..<shape.filterCount {
      let kernel = block.slice(shape.kernel(filter))
      for tap in 0..<kernel.count {
        kernels[(filter / 16 * patches.tapCount + tap) * 16 + filter % 16] = kernel[tap]
      }
    }
  }

  func execute() {
    switch output.elementType {
    case .float32: execute(into: output.lanes(FloatView.self))
    case .bfloat16: execute(into: output.lanes(BFloat16View.self))
    }
  }

  private func execute<View: LaneView>(into values: View) {
    for image in 0..<imageCount {
      patches.load(image: image)
      for y in 0..<height {
        for block in 0..<blockCount {
          multiply(y, block)
          write(
            values.slice(
              (((image * blockCount + block) * height + y) * width) * 16, width * 16),
            bias: weights.bias?.values.vector16(at: block * 16) ?? .zero)
        }
      }
    }
  }

  private func multiply(_ y: Int, _ block: Int) {
    let count = patches.tapCount
    let kernel = kernels.view.slice(block * count * 16, count * 16)
    let (image, start, stride) = (patches.values, patches.start(y), patches.columnStride)
    patches.taps.withUnsafeBufferPointer { taps in
      RegisterTile.tiles(
        RegisterTile.Operands(
          a: image.slice(start, image.count - start), b: kernel, count: count),
        rows: patches.columnCount, row: { $0 &* stride }, step: { taps[$0] }, into: row.view)
    }
  }

  private func write<View: LaneView>(_ target: View, bias: SIMD16<Float>) {
    let floor = SIMD16<Float>(repeating: rectified ? 0 : -.infinity)
    for index in stride(from: 0, to: target.count, by: 16) {
      let value = row.view.vector16(at: index) + bias
      target.setVector16(value.replacing(with: floor, where: value .< floor), at: index)
    }
  }
}
