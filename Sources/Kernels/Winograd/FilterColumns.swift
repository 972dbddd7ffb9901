// Kernels of sixteen filters or channels side by side.

import Numerics

/// Taps of kernels in vectors of sixteen filters, or of sixteen channels of one filter: (channel, tap, lane), turned by
/// ``LaneMatrix`` from where filters lie one behind the other. Lanes without a filter or channel are zero.
struct FilterColumns {
  private let shape: FilterShape
  private let columns: FloatView
  private let temporary: FloatView
  private var area: Int { shape.kernelShape[1] * shape.kernelShape[2] }

  /// Numbers of memory for filters of this shape.
  static func count(_ shape: FilterShape) -> Int {
    (shape.kernelCount + 15) / 16 * 256 + 256 + LaneMatrix.scratchCount
  }

  /// - Parameter memory: ``count(_:)`` numbers.
  init(_ shape: FilterShape, _ memory: FloatView) {
    self.shape = shape
    columns = memory.slice(0, memory.count - LaneMatrix.scratchCount)
    temporary = memory.slice(columns.count, LaneMatrix.scratchCount)
  }

  /// The vectors of a channel's taps.
  func taps(ofChannel channel: Int) -> FloatView {
    columns.slice(channel * area * 16, area * 16)
  }

  /// Takes sixteen filters from the layer's part of the flat vector.
  func load(_ block: FloatView, filterBlock: Int) {
    let filters = min(16, shape.filterCount - filterBlock * 16)
    for first in stride(from: 0, to: shape.kernelCount, by: 16) {
      let start = filterBlock * 16 * shape.filterSize + first
      LaneMatrix.transpose(
        row: { $0 < filters ? sixteen(block, start &+ $0 &* shape.filterSize) : .zero },
        scratch: temporary, put: { columns.setVector16($1, at: (first &+ $0) &* 16) })
    }
  }

  /// Takes sixteen channels of a filter, as the taps of channel 0.
  func load(_ block: FloatView, filter: Int, channelBlock: Int) {
    let channels = min(16, shape.kernelShape[0] - channelBlock * 16)
    let start = filter * shape.filterSize + channelBlock * 16 * area
    for first in stride(from: 0, to: area, by: 16) {
      LaneMatrix.transpose(
        row: { $0 < channels ? sixteen(block, start &+ $0 &* area &+ first) : .zero },
        scratch: temporary, put: { columns.setVector16($1, at: (first &+ $0) &* 16) })
    }
  }

  /// Overwrites sixteen filters' kernels.
  func store(into block: FloatView, filterBlock: Int) {
    let filters = min(16, shape.filterCount - filterBlock * 16)
    for first in stride(from: 0, to: shape.kernelCount, by: 16) {
      let count = min(16, shape.kernelCount - first)
      let start = filterBlock * 16 * shape.filterSize + first
      LaneMatrix.transpose(
        row: { columns.vector16(at: (first &+ $0) &* 16) }, scratch: temporary,
        put: { filter, numbers in
          guard filter < filters else { return }
          let place = start &+ filter &* shape.filterSize
          if count == 16 {
            block.setVector16(numbers, at: place)
          } else {
            for index in 0..<count { block[place &+ index] = numbers[index] }
          }
        })
    }
  }

  /// Sixteen numbers from `index` on, zeros behind the last.
  @inline(__always)
  private func sixteen(_ block: FloatView, _ index: Int) -> SIMD16<Float> {
    if index &+ 16 <= block.count { return block.vector16(at: index) }
    var numbers = SIMD16<Float>.zero
    for lane in 0..<max(0, block.count - index) { numbers[lane] = block[index &+ lane] }
    return numbers
  }
}
