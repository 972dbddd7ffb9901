import Host
import Numerics
import Synchronization

/// Looks for numbers that Adam cannot take.
final class GradientCheck: @unchecked Sendable {
  private static let piece = 65_536

  private let pool: WorkerPool
  private var values: FloatView
  private let isRefused = Atomic<Bool>(false)

  /// `values` is looked at in every ``passes()``.
  init(_ values: FloatView, pool: WorkerPool) {
    self.values = values
    self.pool = pool
  }

  /// Whether every number has a finite square. Cost: one reading of the numbers.
  func passes() -> Bool {
    isRefused.store(false, ordering: .relaxed)
    pool.forEach((values.count + Self.piece - 1) / Self.piece, checkPiece)
    return !isRefused.load(ordering: .relaxed)
  }

  private lazy var checkPiece: WorkerPool.Body = { [unowned self] index, _ in
    let start = index * Self.piece
    let piece = values.slice(start, min(Self.piece, values.count - start))
    if !Self.hasFiniteSquares(piece) { isRefused.store(true, ordering: .relaxed) }
  }

  /// Whether every number has a finite square.
  static func hasFiniteSquares(_ values: FloatView) -> Bool {
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
