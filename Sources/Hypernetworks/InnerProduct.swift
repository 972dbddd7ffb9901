// Products of weight vectors, precise enough for differences of almost equal networks.

import Numerics

public enum InnerProduct {
  /// sum_i a_i b_i in double precision, in a fixed order.
  public static func inDouble(_ a: FloatView, _ b: FloatView) -> Double {
    var lanes = SIMD16<Double>.zero
    var index = 0
    while index + 16 <= a.count {
      lanes += SIMD16<Double>(a.vector16(at: index)) * SIMD16<Double>(b.vector16(at: index))
      index += 16
    }
    var sum = lanes.sum()
    while index < a.count {
      sum += Double(a[index]) * Double(b[index])
      index += 1
    }
    return sum
  }

  /// The cosine of the angle between two vectors; 0 where one has no length.
  public static func cosine(_ a: FloatView, _ b: FloatView) -> Double {
    let norms = inDouble(a, a) * inDouble(b, b)
    return norms > 0 ? inDouble(a, b) / norms.squareRoot() : 0
  }
}
