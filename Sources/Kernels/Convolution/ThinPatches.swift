// Convolutions of images with few channels, where oneDNN has no fast code.

import Numerics

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
