// Distances between weight vectors and their gradients, one pair at a time on one thread.

import Numerics

package enum DistanceKernels {
  /// Running sums of one pair: two vectors of sixteen.
  package static let runningCount = 32

  /// Adds |a_k - b_k| (l1) or (a_k - b_k)^2 (l2) over a run of columns of two weight vectors, whole
  /// blocks of 32, to the running sums. Symmetric in its arguments, bit by bit. Cost: 3n FLOPs.
  package static func accumulate(
    _ a: FloatView, _ b: FloatView, metric: DistanceMetric, onto running: FloatView
  ) {
    precondition(
      a.count == b.count && a.count % 32 == 0, "distance of \(a.count) and \(b.count) weights")
    var first = running.vector16(at: 0)
    var second = running.vector16(at: 16)
    var index = 0
    switch metric {
    case .l1:
      while index < a.count {
        first += magnitude(a.vector16(at: index) - b.vector16(at: index))
        second += magnitude(a.vector16(at: index + 16) - b.vector16(at: index + 16))
        index += 32
      }
    case .l2:
      while index < a.count {
        let near = a.vector16(at: index) - b.vector16(at: index)
        let far = a.vector16(at: index + 16) - b.vector16(at: index + 16)
        first += near * near
        second += far * far
        index += 32
      }
    }
    running.setVector16(first, at: 0)
    running.setVector16(second, at: 16)
  }

  /// The sum of the running sums and of the columns behind the last whole block.
  package static func total(
    _ running: FloatView, _ a: FloatView, _ b: FloatView, metric: DistanceMetric
  )
    -> Double
  {
    var total = Double(VectorMath.sum(running.vector16(at: 0) + running.vector16(at: 16)))
    for index in 0..<a.count {
      let difference = Double(a[index] - b[index])
      total += metric == .l1 ? abs(difference) : difference * difference
    }
    return total
  }

  /// target_k = c * d(distance)/d a_k, or += where `accumulate`: c * sign(a_k - b_k) under l1,
  /// c * (a_k - b_k) under l2, where the caller has divided c by the distance.
  static func gradient(
    _ a: FloatView, _ b: FloatView, times c: Float, metric: DistanceMetric, into target: FloatView,
    accumulate: Bool
  ) {
    precondition(
      a.count == b.count && a.count == target.count,
      "distance gradient of \(a.count) and \(b.count) weights into \(target.count)")
    var index = 0
    while index + 16 <= a.count {
      let difference = a.vector16(at: index) - b.vector16(at: index)
      let change = metric == .l1 ? signed(c, like: difference) : c * difference
      target.setVector16(
        accumulate ? target.vector16(at: index) + change : change, at: index)
      index += 16
    }
    while index < a.count {
      let difference = a[index] - b[index]
      let sign: Float = difference > 0 ? c : (difference < 0 ? -c : 0)
      let change = metric == .l1 ? sign : c * difference
      target[index] = accumulate ? target[index] + change : change
      index += 1
    }
  }

  @inline(__always)
  private static func magnitude(_ value: SIMD16<Float>) -> SIMD16<Float> {
    let bits = unsafeBitCast(value, to: SIMD16<UInt32>.self) & SIMD16(repeating: 0x7FFF_FFFF)
    return unsafeBitCast(bits, to: SIMD16<Float>.self)
  }

  /// c with the sign of each difference; 0 where the difference is 0.
  @inline(__always)
  private static func signed(_ c: Float, like difference: SIMD16<Float>) -> SIMD16<Float> {
    let signs =
      unsafeBitCast(difference, to: SIMD16<UInt32>.self) & SIMD16(repeating: 0x8000_0000)
    let bits = unsafeBitCast(SIMD16(repeating: c), to: SIMD16<UInt32>.self) ^ signs
    return unsafeBitCast(bits, to: SIMD16<Float>.self)
      .replacing(with: 0, where: difference .== 0)
  }
}
