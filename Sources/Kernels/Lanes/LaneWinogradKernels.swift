// Rows of kernels in Winograd's domain.

import Numerics

/// Filters as ``LaneWinogradPass`` reads them: (point, filter, channel, kernel row).
final class LaneWinogradKernels: DerivedKernels {
  /// Weights from one filter to the next, at one point.
  let filterStep: Int
  private let shape: FilterShape
  private let storage: AlignedBuffer<Float>

  init(_ shape: FilterShape) {
    self.shape = shape
    filterStep = shape.kernelShape[0] * shape.kernelShape[1]
    storage = AlignedBuffer(count: WinogradSix.side * shape.filterCount * filterStep)
  }

  /// The weights of a point.
  func values(_ point: Int) -> FloatView {
    let count = shape.filterCount * filterStep
    return storage.view.slice(point * count, count)
  }

  func load(_ block: FloatView, member: Int) {
    let taps = shape.kernelShape[2]
    let step = shape.filterCount * filterStep
    for filter in 0..<shape.filterCount {
      let kernel = block.slice(shape.kernel(filter))
      for row in 0..<filterStep {
        func tap(_ index: Int) -> WinogradSix.Lanes {
          index < taps ? .init(repeating: kernel[row * taps + index]) : .zero
        }
        let six = WinogradSix.scaled(
          WinogradSix.spread((tap(0), tap(1), tap(2), tap(3), tap(4), .zero), count: taps))
        let place = filter * filterStep + row
        storage[place] = six.0[0]
        storage[place + step] = six.1[0]
        storage[place + 2 * step] = six.2[0]
        storage[place + 3 * step] = six.3[0]
        storage[place + 4 * step] = six.4[0]
        storage[place + 5 * step] = six.5[0]
      }
    }
  }
}
