// Convolutions of images with few channels, the filters' gradient.

import Numerics

/// The kernels' gradient: patches times the output gradient's rows; and the bias', the output gradient's sum.
final class ThinWeightPass: OperatorPass, KernelGradients {
  let kernelCount: Int
  private let patches: ThinPatches
  private let outputGradient: Tensor
  private let slice: FilterGradients.Parts
  private let pixelSum: PixelSum
  private let imageCount: Int
  private let blockCount: Int
  private let height: Int
  private let width: Int

  init(_ patches: ThinPatches, outputGradient: Tensor, gradients: FilterGradients) {
    self.patches = patches
    self.outputGradient = outputGradient
    let shape = outputGradient.shape
    (imageCount, blockCount, height, width) = (shape[0], shape[1] / 16, shape[2], shape[3])
    kernelCount = blockCount * patches.rowCount * 16
    slice = gradients.makeParts(kernelCount: kernelCount)
    pixelSum = PixelSum(outputGradient)
    gradients.take(from: self)
  }

  func execute() {
    switch outputGradient.elementType {
    case .float32: execute(outputGradient.lanes(FloatView.self))
    case .bfloat16: execute(outputGradient.lanes(BFloat16View.self))
    }
    if let bias = slice.bias { pixelSum.evaluate(into: bias) }
  }

  private func execute<View: LaneView>(_ gradients: View) {
    slice.kernels.fill(0)
    for image in 0..<imageCount {
      patches.load(image: image)
      for y in 0..<height {
        for block in 0..<blockCount {
          multiply(
            y, block,
            gradients.slice(
              (((image * blockCount + block) * height + y) * width) * 16, width * 16))
        }
      }
    }
  }

  private func multiply<View: LaneView>(_ y: Int, _ block: Int, _ gradient: View) {
    let rows = patches.rowCount
    let target = slice.kernels.slice(block * rows * 16, rows * 16)
    let (image, start, stride) = (patches.values, patches.start(y), patches.columnStride)
    let operands = RegisterTile.Operands(
      a: image.slice(start, image.count - start), b: gradient, count: gradient.count / 16)
    patches.taps.withUnsafeBufferPointer { taps in
      RegisterTile.tiles(
        operands, rows: rows, row: { taps[$0] }, step: { $0 &* stride }, into: target,
        accumulating: true)
    }
  }

  func storeKernels(_ sum: FloatView, _ shape: FilterShape, into block: FloatView, member: Int) {
    for filter in 0..<shape.filterCount {
      let start = (filter / 16 * patches.rowCount) * 16 + filter % 16
      let kernel = block.slice(shape.kernel(filter))
      for tap in 0..<kernel.count { kernel[tap] = sum[start + tap * 16] }
    }
  }
}
