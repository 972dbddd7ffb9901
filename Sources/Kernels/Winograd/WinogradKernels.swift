// Kernels of a convolution in Winograd's domain, and their gradients back from there.

import TensorCore

/// Filters as the products of tiles read them: (point, block of filters, channel, filter in block).
final class WinogradKernels: DerivedKernels {
  /// Overwritten by ``load(_:)``.
  var values: FloatView { storage.view }
  private let storage: AlignedBuffer<Float>
  private let shape: FilterShape
  private let taps: Int
  private let isTransposed: Bool
  private let inputs: Int
  private let outputBlocks: Int
  private let scratch = AlignedBuffer<Float>(count: 2 * WinogradTransform.scratchCount)

  /// - Parameters:
  ///   - channels: the source's channels, padded to blocks of sixteen.
  ///   - outputs: the output's.
  ///   - isTransposed: for the gradient to the source: taps in reverse order, filters and channels in each
  ///     other's place.
  init(_ shape: FilterShape, channels: Int, outputs: Int, isTransposed: Bool) {
    self.shape = shape
    self.isTransposed = isTransposed
    taps = shape.kernelShape[1]
    inputs = isTransposed ? outputs : channels
    outputBlocks = (isTransposed ? channels : outputs) / 16
    storage = AlignedBuffer(count: WinogradTransform.points * inputs * outputBlocks * 16)
  }

  func load(_ block: FloatView) {
    let step = inputs * outputBlocks * 16
    for outputBlock in 0..<outputBlocks {
      for input in 0..<(isTransposed ? shape.filterCount : shape.kernelShape[0]) {
        collect(block, input: input, outputBlock: outputBlock)
        let place = (outputBlock * inputs + input) * 16
        let temporary = scratch.view.slice(
          WinogradTransform.scratchCount, WinogradTransform.scratchCount)
        WinogradTransform.spreadTile(
          scratch.view, start: 0, rowStep: taps * 16, count: taps, into: storage.view, place: place,
          step: step, scratch: temporary)
        scale(place: place, step: step)
      }
    }
  }

  /// The taps between one input and sixteen outputs, side by side at the beginning of the scratch.
  private func collect(_ block: FloatView, input: Int, outputBlock: Int) {
    let area = taps * taps
    let target = scratch.view
    let outputs = isTransposed ? shape.kernelShape[0] : shape.filterCount
    for lane in 0..<16 {
      let output = outputBlock * 16 + lane
      guard output < outputs else {
        for tap in 0..<area { target[tap * 16 + lane] = 0 }
        continue
      }
      if isTransposed {
        let start = input * shape.filterSize + output * area + area - 1
        for tap in 0..<area { target[tap * 16 + lane] = block[start - tap] }
      } else {
        let start = output * shape.filterSize + input * area
        for tap in 0..<area { target[tap * 16 + lane] = block[start + tap] }
      }
    }
  }

  private func scale(place: Int, step: Int) {
    for row in 0..<WinogradTransform.side {
      for column in 0..<WinogradTransform.side {
        let factor = WinogradTransform.factors[row] * WinogradTransform.factors[column]
        let index = place + (row * WinogradTransform.side + column) * step
        storage.view.setVector16(factor * storage.view.vector16(at: index), at: index)
      }
    }
  }

  /// Overwrites the kernels' places in `block` with the gradient G^T dU G, where `gradient` is dU, laid out
  /// like `values` of kernels that are not transposed.
  static func store(
    _ gradient: FloatView, _ shape: FilterShape, channels: Int, outputs: Int, into block: FloatView,
    scratch: FloatView
  ) {
    let taps = shape.kernelShape[1]
    let area = taps * taps
    let step = channels * outputs
    let side = WinogradTransform.side
    let scaled = scratch.slice(0, WinogradTransform.scratchCount)
    let result = scratch.slice(WinogradTransform.scratchCount, area * 16)
    let temporary = scratch.slice(
      2 * WinogradTransform.scratchCount, WinogradTransform.scratchCount)
    for outputBlock in 0..<outputs / 16 {
      for channel in 0..<shape.kernelShape[0] {
        let place = (outputBlock * channels + channel) * 16
        for row in 0..<side {
          for column in 0..<side {
            let point = row * side + column
            let factor = WinogradTransform.factors[row] * WinogradTransform.factors[column]
            scaled.setVector16(
              factor * gradient.vector16(at: place + point * step), at: point * 16)
          }
        }
        WinogradTransform.gatherTile(
          scaled, start: 0, step: 16, count: taps, into: result, scratch: temporary)
        for lane in 0..<min(16, shape.filterCount - outputBlock * 16) {
          let start = (outputBlock * 16 + lane) * shape.filterSize + channel * area
          for tap in 0..<area { block[start + tap] = result[tap * 16 + lane] }
        }
      }
    }
  }
  /// Numbers of ``store(_:_:channels:outputs:into:scratch:)``'s scratch.
  static let storeScratchCount = 3 * WinogradTransform.scratchCount
}
