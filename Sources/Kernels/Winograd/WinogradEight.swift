// Winograd's transforms of tiles of eight by eight.

import Numerics

/// F(4, 5): 64 multiplications for sixteen outputs of 25 taps. The interpolation points are 0, 1/2, -1/2, 1, -1, 2, -2 and infinity; rounding errors are some four times
/// those of ``WinogradSix``.
enum WinogradEight: WinogradTransform {
  typealias Row = (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes, Lanes, Lanes)

  static let side = 8

  static let factors: [Float] = [
    -1, 32.0 / 45, 32.0 / 45, -2.0 / 9, -2.0 / 9, 1.0 / 90, 1.0 / 90, 1,
  ]
  static let pointFactors = products

  @inline(__always)
  static func scaled(_ x: Row) -> Row {
    let (half, one, two): (Float, Float, Float) = (32.0 / 45, -2.0 / 9, 1.0 / 90)
    return (0 - x.0, half * x.1, half * x.2, one * x.3, one * x.4, two * x.5, two * x.6, x.7)
  }

  @inline(__always)
  static func inputs(_ x: Row) -> Row {
    // t (t^2 - 1/4) (t^2 - 1) (t^2 - 4) = t^7 - 21/4 t^5 + 21/4 t^3 - t.
    let first = (x.6 - x.0).addingProduct(5.25, x.2 - x.4)
    let last = (x.7 - x.1).addingProduct(5.25, x.3 - x.5)
    // The even and the odd coefficients of M(t) / (t - p), the latter without the factor p.
    let half = (
      (x.6 + 4 * x.2).addingProduct(-5, x.4), (x.5 + 4 * x.1).addingProduct(-5, x.3)
    )
    let one = ((x.6 + x.2).addingProduct(-4.25, x.4), (x.5 + x.1).addingProduct(-4.25, x.3))
    let two = (
      (x.6 + 0.25 * x.2).addingProduct(-1.25, x.4), (x.5 + 0.25 * x.1).addingProduct(-1.25, x.3)
    )
    return (
      first, half.0.addingProduct(0.5, half.1), half.0.addingProduct(-0.5, half.1), one.0 + one.1,
      one.0 - one.1, two.0.addingProduct(2, two.1), two.0.addingProduct(-2, two.1), last
    )
  }

  /// `count` is 4 or 5.
  @inline(__always)
  static func spread(_ y: Row, count: Int) -> Row {
    var half = (y.0.addingProduct(0.25, y.2), y.1.addingProduct(0.25, y.3))
    var one = (y.0 + y.2, y.1 + y.3)
    var two = (y.0.addingProduct(4, y.2), y.1.addingProduct(4, y.3))
    if count > 4 {
      half.0.addProduct(0.0625, y.4)
      one.0 += y.4
      two.0.addProduct(16, y.4)
    }
    return (
      y.0, half.0.addingProduct(0.5, half.1), half.0.addingProduct(-0.5, half.1), one.0 + one.1,
      one.0 - one.1, two.0.addingProduct(2, two.1), two.0.addingProduct(-2, two.1),
      count > 4 ? y.4 : y.3
    )
  }

  /// `count` is 4 or 5.
  @inline(__always)
  static func gather(_ x: Row, count: Int) -> Row {
    let half = (x.1 + x.2, 0.5 * (x.1 - x.2))
    let one = (x.3 + x.4, x.3 - x.4)
    let two = (x.5 + x.6, 2 * (x.5 - x.6))
    var y: Row = (
      x.0 + half.0 + one.0 + two.0, half.1 + one.1 + two.1,
      one.0.addingProduct(0.25, half.0).addingProduct(4, two.0),
      one.1.addingProduct(0.25, half.1).addingProduct(4, two.1), .zero, .zero, .zero, .zero
    )
    if count > 4 {
      y.4 = (x.7 + one.0).addingProduct(0.0625, half.0).addingProduct(16, two.0)
    } else {
      y.3 += x.7
    }
    return y
  }

  @inline(__always)
  static func row(_ vector: (Int) -> Lanes) -> Row {
    (
      vector(0), vector(1), vector(2), vector(3), vector(4), vector(5), vector(6), vector(7)
    )
  }

  @inline(__always)
  static func forEach(_ row: Row, count: Int, _ body: (Int, Lanes) -> Void) {
    body(0, row.0)
    body(1, row.1)
    body(2, row.2)
    body(3, row.3)
    if count > 4 { body(4, row.4) }
    if count > 5 { body(5, row.5) }
    if count > 6 { body(6, row.6) }
    if count > 7 { body(7, row.7) }
  }
}
