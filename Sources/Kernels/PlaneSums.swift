// What a normalization sums over images.

import Numerics

/// Two numbers of each of sixteen channels, summed over pixels or means of these.
struct PlaneSums {
  var first = SIMD16<Double>.zero
  var second = SIMD16<Double>.zero

  init(first: SIMD16<Double> = .zero, second: SIMD16<Double> = .zero) {
    (self.first, self.second) = (first, second)
  }

  /// Those of a block within a slice's part.
  init(_ part: DoubleView, _ block: Int) {
    for lane in 0..<16 {
      first[lane] = part[32 * block + lane]
      second[lane] = part[32 * block + 16 + lane]
    }
  }

  func store(_ part: DoubleView, _ block: Int) {
    for lane in 0..<16 {
      part[32 * block + lane] = first[lane]
      part[32 * block + 16 + lane] = second[lane]
    }
  }
}
