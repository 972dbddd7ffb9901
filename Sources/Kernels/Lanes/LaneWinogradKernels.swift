// Rows of kernels in Winograd's domain.

import Numerics

/// Filters as ``LaneWinogradPass`` reads them: (point, filter, channel, kernel row).
final class LaneWinogradKernels: DerivedKernels {
  /// Weights from one filter to the next, at one point.
  let filterStep: Int
  private let shape: FilterShape
  private let side: Int
  private let storage: AlignedBuffer<Float>

  /// - Parameter side: the tiles'.
  init(_ shape: FilterShape, side: Int) {
    (self.shape, self.side) = (shape, side)
    filterStep = shape.kernelShape[0] * shape.kernelShape[1]
    storage = AlignedBuffer(count: side * shape.filterCount * filterStep)
  }

  /// The weights of a point.
  func values(_ point: Int) -> FloatView {
    let count = shape.filterCount * filterStep
    return storage.view.slice(point * count, count)
  }

  func load(_ block: FloatView, member: Int) {
    if side == WinogradEight.side {
      load(block, WinogradEight.self)
    } else {
      load(block, WinogradSix.self)
    }
  }

  @inline(__always)
  private func load<Transform: WinogradTransform>(_ block: FloatView, _: Transform.Type) {
    let taps = shape.kernelShape[2]
    let step = shape.filterCount * filterStep
    for filter in 0..<shape.filterCount {
      let kernel = block.slice(shape.kernel(filter))
      for row in 0..<filterStep {
        let kernelRow = Transform.row {
          $0 < taps ? .init(repeating: kernel[row * taps + $0]) : .zero
        }
        let place = filter * filterStep + row
        Transform.forEach(
          Transform.scaled(Transform.spread(kernelRow, count: taps)), count: Transform.side
        ) { storage[place + $0 * step] = $1[0] }
      }
    }
  }
}
