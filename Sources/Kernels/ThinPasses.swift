// Convolutions of images with few channels, where oneDNN has no fast code.

import TensorCore

/// An image with zeros around it, in which an output's patch is wherever its pixel and the taps say: element
/// (tap, column) of the patches of output row y is `values[start(y) + taps[tap] + column * columnStride]`.
final class ThinPatches {
  private let source: Tensor
  /// Taps of a filter (channel, kernel row, kernel column), and with more behind them to fill register tiles.
  let tapCount: Int
  let rowCount: Int
  /// Output columns, filled up likewise; what those behind the last yield is left out.
  let columnCount: Int
  let columnStride: Int
  /// Of `rowCount` taps, from a patch's first element on; 0 behind the last.
  let taps: [Int]
  var values: FloatView { padded.view }

  private let padded: AlignedBuffer<Float>
  private let paddedHeight: Int
  private let paddedWidth: Int
  private let channels: Int
  private let height: Int
  private let width: Int
  private let rowStride: Int
  private let rowPadding: Int
  private let columnPadding: Int

  init(source: Tensor, geometry: ConvolutionGeometry, outputWidth: Int) {
    self.source = source
    let shape = source.shape
    (channels, height, width) = (shape[1], shape[2], shape[3])
    (rowStride, columnStride) = (geometry.stride[0], geometry.stride[1])
    (rowPadding, columnPadding) = (geometry.paddingBefore[0], geometry.paddingBefore[1])
    let (kernelRows, kernelColumns) = (geometry.kernel[0], geometry.kernel[1])
    tapCount = channels * kernelRows * kernelColumns
    rowCount = RegisterTile.filled(tapCount)
    columnCount = RegisterTile.filled(outputWidth)
    let paddedHeight = height + rowPadding + geometry.paddingBehind[0]
    let paddedWidth = max(
      width + columnPadding + geometry.paddingBehind[1],
      (columnCount - 1) * columnStride + kernelColumns)
    var taps: [Int] = []
    for channel in 0..<channels {
      for row in 0..<kernelRows {
        let start = (channel * paddedHeight + row) * paddedWidth
        taps += (0..<kernelColumns).map { start + $0 }
      }
    }
    self.taps = taps + Array(repeating: 0, count: rowCount - tapCount)
    (self.paddedHeight, self.paddedWidth) = (paddedHeight, paddedWidth)
    padded = AlignedBuffer(count: channels * paddedHeight * paddedWidth)
  }

  /// Takes an image.
  func load(image: Int) {
    for channel in 0..<channels {
      for row in 0..<height {
        let from = ((image * channels + channel) * height + row) * width
        let to = (channel * paddedHeight + row + rowPadding) * paddedWidth + columnPadding
        padded.view.slice(to, width).copy(from: source.values.slice(from, width))
      }
    }
  }

  /// Where the patches of an output row begin.
  func start(_ row: Int) -> Int { row * rowStride * paddedWidth }
}

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

  func load(_ block: FloatView) {
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

  func storeKernels(_ sum: FloatView, _ shape: FilterShape, into block: FloatView) {
    for filter in 0..<shape.filterCount {
      let start = (filter / 16 * patches.rowCount) * 16 + filter % 16
      let kernel = block.slice(shape.kernel(filter))
      for tap in 0..<kernel.count { kernel[tap] = sum[start + tap * 16] }
    }
  }
}
