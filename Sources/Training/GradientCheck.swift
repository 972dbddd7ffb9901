// A look at the gradient before the optimizer takes it.

import Host
import Numerics
import Synchronization

/// Looks for numbers that Adam cannot take.
package final class GradientCheck: Sendable {
  private let pool: WorkerPool
  fileprivate let isRefused = Atomic<Bool>(false)

  package init(pool: WorkerPool) { self.pool = pool }

  /// Whether every number has a finite square. Cost: one reading of the numbers.
  package func passes(_ values: FloatView) -> Bool {
    isRefused.store(false, ordering: .relaxed)
    pool.forEach(
      (values.count + CheckPiece.size - 1) / CheckPiece.size,
      CheckPiece(values: values, check: self))
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
  static let size = 65_536

  let values: FloatView
  let check: GradientCheck

  func callAsFunction(_ index: Int, _ thread: Int) {
    let start = index * Self.size
    let piece = values.slice(start, min(Self.size, values.count - start))
    if !GradientCheck.hasFiniteSquares(piece) { check.isRefused.store(true, ordering: .relaxed) }
  }
}
