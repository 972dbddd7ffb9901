// Winograd's transforms of tiles of six by six.

import Numerics

/// F(4, 3) and F(2, 5). The interpolation points 0, a, -a, b, -b and infinity, with a = 1 / sqrt 2 and b = sqrt 2, have smaller
/// rounding errors than the usual 1 and 2 (Alam et al., "Winograd Convolution for Deep Neural Networks: Efficient Point
/// Selection", 2022, search for such points).
enum WinogradSix: WinogradTransform {
  typealias Row = (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes)

  static let side = 6

  /// a and b, as literals, which the compiler puts in place.
  static let near: Float = 0.707_106_781
  static let far: Float = 1.414_213_562

  static let factors: [Float] = [1, -2.0 / 3, -2.0 / 3, 1.0 / 6, 1.0 / 6, 1]
  static let pointFactors = products

  @inline(__always)
  static func scaled(_ x: Row) -> Row {
    let (near, far): (Float, Float) = (-2.0 / 3, 1.0 / 6)
    return (x.0, near * x.1, near * x.2, far * x.3, far * x.4, x.5)
  }

  @inline(__always)
  static func inputs(_ x: Row) -> Row {
    let (near, far) = (Lanes(repeating: Self.near), Lanes(repeating: Self.far))
    let (even1, odd1) = (x.4.addingProduct(-2, x.2), x.3.addingProduct(-2, x.1))
    let (even2, odd2) = (x.4.addingProduct(-0.5, x.2), x.3.addingProduct(-0.5, x.1))
    return (
      (x.0 + x.4).addingProduct(-2.5, x.2),
      even1.addingProduct(near, odd1), even1.addingProduct(-near, odd1),
      even2.addingProduct(far, odd2), even2.addingProduct(-far, odd2),
      (x.1 + x.5).addingProduct(-2.5, x.3)
    )
  }

  /// `count` is 2, 3, 4 or 5.
  @inline(__always)
  static func spread(_ y: Row, count: Int) -> Row {
    let (near, far) = (Lanes(repeating: Self.near), Lanes(repeating: Self.far))
    var (even1, odd1) = (y.0, y.1)
    var (even2, odd2) = (y.0, y.1)
    var last = y.1
    if count > 2 {
      even1.addProduct(0.5, y.2)
      even2.addProduct(2, y.2)
      last = y.2
    }
    if count > 3 {
      odd1.addProduct(0.5, y.3)
      odd2.addProduct(2, y.3)
      last = y.3
    }
    if count > 4 {
      even1.addProduct(0.25, y.4)
      even2.addProduct(4, y.4)
      last = y.4
    }
    return (
      y.0, even1.addingProduct(near, odd1), even1.addingProduct(-near, odd1),
      even2.addingProduct(far, odd2), even2.addingProduct(-far, odd2), last
    )
  }

  @inline(__always)
  static func gather(_ x: Row, count: Int) -> Row {
    let (sum1, difference1) = (x.1 + x.2, near * (x.1 - x.2))
    let (sum2, difference2) = (x.3 + x.4, far * (x.3 - x.4))
    var y: Row = (x.0 + sum1 + sum2, difference1 + difference2, .zero, .zero, .zero, .zero)
    if count == 2 { y.1 += x.5 }
    if count > 2 { y.2 = (0.5 * sum1).addingProduct(2, sum2) }
    if count == 3 { y.2 += x.5 }
    if count > 3 { y.3 = (0.5 * difference1).addingProduct(2, difference2) }
    if count == 4 { y.3 += x.5 }
    if count > 4 { y.4 = (0.25 * sum1).addingProduct(4, sum2) + x.5 }
    return y
  }

  @inline(__always)
  static func row(_ vector: (Int) -> Lanes) -> Row {
    (vector(0), vector(1), vector(2), vector(3), vector(4), vector(5))
  }

  @inline(__always)
  static func forEach(_ row: Row, count: Int, _ body: (Int, Lanes) -> Void) {
    body(0, row.0)
    body(1, row.1)
    if count > 2 { body(2, row.2) }
    if count > 3 { body(3, row.3) }
    if count > 4 { body(4, row.4) }
    if count > 5 { body(5, row.5) }
  }
}
