// Convolutions of images with few channels, where oneDNN has no fast code.

import TensorCore

/// The patches of one row of a convolution's output, as a matrix: (channel, kernel row, kernel column) by
/// (output column).
final class ThinPatches {
  private let source: Tensor
  /// Taps of a filter, and rows of the matrix: taps and zeros behind them, to fill register tiles.
  let tapCount: Int
  let rowCount: Int
  /// Output columns, rounded up likewise; those behind the last read zeros.
  let columnCount: Int
  /// rowCount by columnCount numbers.
  var values: FloatView { matrix.view }

  private let matrix: AlignedBuffer<Float>
  /// The image with zeros around it.
  private let padded: AlignedBuffer<Float>
  private let paddedHeight: Int
  private let paddedWidth: Int
  private let channels: Int
  private let height: Int
  private let width: Int
  private let kernelRows: Int
  private let kernelColumns: Int
  private let rowStride: Int
  private let columnStride: Int
  private let rowPadding: Int
  private let columnPadding: Int

  init(source: Tensor, geometry: ConvolutionGeometry, outputWidth: Int) {
    self.source = source
    let shape = source.shape
    (channels, height, width) = (shape[1], shape[2], shape[3])
    (kernelRows, kernelColumns) = (geometry.kernel[0], geometry.kernel[1])
    (rowStride, columnStride) = (geometry.stride[0], geometry.stride[1])
    (rowPadding, columnPadding) = (geometry.paddingBefore[0], geometry.paddingBefore[1])
    tapCount = channels * kernelRows * kernelColumns
    rowCount = Self.filled(tapCount)
    columnCount = Self.filled(outputWidth)
    paddedHeight = height + rowPadding + geometry.paddingBehind[0]
    paddedWidth = max(
      width + columnPadding + geometry.paddingBehind[1],
      (columnCount - 1) * columnStride + kernelColumns)
    matrix = AlignedBuffer(count: rowCount * columnCount)
    padded = AlignedBuffer(count: channels * paddedHeight * paddedWidth)
  }

  /// The least sum of sixes and fours that is not below `count`.
  private static func filled(_ count: Int) -> Int { max(4, (count + 1) / 2 * 2) }

  /// Calls `body` with the tiles' first rows and heights (6 or 4) that make up `count`, a result of `filled`.
  @inline(__always)
  static func forEachTile(_ count: Int, _ body: (_ first: Int, _ isSix: Bool) -> Void) {
    var first = 0
    while first < count {
      let isSix = (count - first) % 4 != 0 || count - first >= 12
      body(first, isSix)
      first += isSix ? 6 : 4
    }
  }

  /// Takes an image: its rows come next.
  func load(image: Int) {
    for channel in 0..<channels {
      for row in 0..<height {
        let from = ((image * channels + channel) * height + row) * width
        let to = (channel * paddedHeight + row + rowPadding) * paddedWidth + columnPadding
        padded.view.slice(to, width).copy(from: source.values.slice(from, width))
      }
    }
  }

  /// Overwrites ``values`` with the patches of one output row of the image at hand.
  func fill(row: Int) {
    var tap = 0
    for channel in 0..<channels {
      for kernelRow in 0..<kernelRows {
        let start = (channel * paddedHeight + row * rowStride + kernelRow) * paddedWidth
        for kernelColumn in 0..<kernelColumns {
          let target = matrix.view.slice(tap * columnCount, columnCount)
          for column in 0..<columnCount {
            target[column] = padded[start + kernelColumn + column * columnStride]
          }
          tap += 1
        }
      }
    }
  }
}

/// output = source (*) kernels + bias, with or without ReLU, a row at a time as a matrix product.
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
    for image in 0..<imageCount {
      patches.load(image: image)
      for y in 0..<height {
        patches.fill(row: y)
        for block in 0..<blockCount {
          multiply(block)
          write(
            output.values.slice(
              (((image * blockCount + block) * height + y) * width) * 16, width * 16),
            bias: weights.bias?.values.vector16(at: block * 16) ?? .zero)
        }
      }
    }
  }

  private func multiply(_ block: Int) {
    let taps = patches.tapCount
    let kernel = kernels.view.slice(block * taps * 16, taps * 16)
    let columns = patches.columnCount
    ThinPatches.forEachTile(columns) { first, isSix in
      let operands = RegisterTile.Operands(
        a: patches.values.slice(first, patches.values.count - first), aRow: 1, aStep: columns,
        b: kernel, bStep: 16, count: taps)
      if isSix {
        RegisterTile.six(operands, into: row.view.slice(first * 16, 96))
      } else {
        RegisterTile.four(operands, into: row.view.slice(first * 16, 64))
      }
    }
  }

  private func write(_ target: FloatView, bias: SIMD16<Float>) {
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
    slice.kernels.fill(0)
    for image in 0..<imageCount {
      patches.load(image: image)
      for y in 0..<height {
        patches.fill(row: y)
        for block in 0..<blockCount {
          multiply(
            block,
            outputGradient.values.slice(
              (((image * blockCount + block) * height + y) * width) * 16, width * 16))
        }
      }
    }
    if let bias = slice.bias { pixelSum.evaluate(into: bias) }
  }

  private func multiply(_ block: Int, _ gradient: FloatView) {
    let (rows, columns) = (patches.rowCount, patches.columnCount)
    let target = slice.kernels.slice(block * rows * 16, rows * 16)
    ThinPatches.forEachTile(rows) { first, isSix in
      let operands = RegisterTile.Operands(
        a: patches.values.slice(first * columns, patches.values.count - first * columns),
        aRow: columns, aStep: 1, b: gradient, bStep: 16, count: gradient.count / 16)
      if isSix {
        RegisterTile.six(operands, into: target.slice(first * 16, 96), accumulating: true)
      } else {
        RegisterTile.four(operands, into: target.slice(first * 16, 64), accumulating: true)
      }
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
