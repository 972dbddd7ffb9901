// A look at the gradient before the optimizer takes it.

import Host
import Numerics
import Synchronization

/// Looks for numbers that Adam cannot take.
package final class GradientCheck: Sendable {
  private let pool: WorkerPool
  private let count: Int
  private let pieces: [Range<Int>]
  fileprivate let isRefused = Atomic<Bool>(false)

  /// For gradients of `count` numbers, of which those in `ranges` are looked at; nil: all.
  package init(count: Int, ranges: [Range<Int>]? = nil, pool: WorkerPool) {
    self.pool = pool
    self.count = count
    pieces = (ranges ?? [0..<count]).flatMap { $0.pieces(of: 65_536) }
  }

  /// Whether every number has a finite square. Cost: one reading of the numbers.
  package func passes(_ values: FloatView) -> Bool {
    precondition(values.count == count, "GradientCheck: \(values.count) numbers of \(count)")
    isRefused.store(false, ordering: .relaxed)
    pool.forEach(pieces.count, CheckPiece(pieces: pieces, values: values, check: self))
    return !isRefused.load(ordering: .relaxed)
  }

  /// Whether every number has a finite square.
  package static func hasFiniteSquares(_ values: FloatView) -> Bool {
    // Without their sign, the bits of floats are in the floats' order: infinity, then NaN, at the top.
    var largest = SIMD16<UInt32>.zero
    var index = 0
    while index + 16 <= values.count {
      let square = values.vector16(at: index) * values.vector16(at: index)
      let bits = unsafeBitCast(square, to: SIMD16<UInt32>.self) & SIMD16(repeating: 0x7FFF_FFFF)
      largest = pointwiseMax(largest, bits)
      index += 16
    }
    guard largest.max() < Float.infinity.bitPattern else { return false }
    while index < values.count {
      guard (values[index] * values[index]).isFinite else { return false }
      index += 1
    }
    return true
  }
}

private struct CheckPiece: LoopBody {
  let pieces: [Range<Int>]
  let values: FloatView
  let check: GradientCheck

  func callAsFunction(_ index: Int, _ thread: Int) {
    if !GradientCheck.hasFiniteSquares(values.slice(pieces[index])) {
      check.isRefused.store(true, ordering: .relaxed)
    }
  }
}
