// Products of small matrices whose result stays in registers: what convolutions by hand are made of.

import Numerics

/// c[j, :] = sum over k of a[row(j) + step(k)] * b[k, :], rows of sixteen numbers, j below the number of rows.
///
/// Six rows are twelve registers of AVX2 (or six of AVX-512) and leave room for the factors. Cost: 32 FLOPs
/// an element of `a` that is read.
package enum RegisterTile {
  /// Rows of a full tile.
  static let rows = 6

  /// The factors of one product.
  package struct Operands<Right: LaneView> {
    var a: FloatView
    /// Rows of sixteen numbers, one behind the other.
    var b: Right
    /// Products summed into each element.
    var count: Int

    package init(a: FloatView, b: Right, count: Int) {
      self.a = a
      self.b = b
      self.count = count
    }
  }

  /// The least sum of sixes and fours that is not below `count`.
  package static func filled(_ count: Int) -> Int { max(4, (count + 1) / 2 * 2) }

  /// `rows` rows, a result of ``filled(_:)``, in tiles of six and four.
  @inline(__always)
  package static func tiles<Right>(
    _ x: Operands<Right>, rows: Int, row: (Int) -> Int, step: (Int) -> Int, into c: FloatView,
    accumulating: Bool = false
  ) {
    var first = 0
    while first < rows {
      let left = rows - first
      if left % 4 != 0 || left >= 12 {
        six(
          x, row: { row(first &+ $0) }, step: step, into: c.slice(first * 16, 96),
          accumulating: accumulating)
        first += 6
      } else {
        four(
          x, row: { row(first &+ $0) }, step: step, into: c.slice(first * 16, 64),
          accumulating: accumulating)
        first += 4
      }
    }
  }

  @inline(__always)
  static func six<Right>(
    _ x: Operands<Right>, row: (Int) -> Int, step: (Int) -> Int, into c: FloatView,
    accumulating: Bool = false
  ) {
    var (c0, c1, c2) = (SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero)
    var (c3, c4, c5) = (SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero)
    if accumulating {
      (c0, c1, c2) = (c.vector16(at: 0), c.vector16(at: 16), c.vector16(at: 32))
      (c3, c4, c5) = (c.vector16(at: 48), c.vector16(at: 64), c.vector16(at: 80))
    }
    let (r0, r1, r2, r3, r4, r5) = (row(0), row(1), row(2), row(3), row(4), row(5))
    for k in 0..<x.count {
      let (b, a) = (x.b.vector16(at: k &* 16), step(k))
      c0.addProduct(b, x.a[a &+ r0])
      c1.addProduct(b, x.a[a &+ r1])
      c2.addProduct(b, x.a[a &+ r2])
      c3.addProduct(b, x.a[a &+ r3])
      c4.addProduct(b, x.a[a &+ r4])
      c5.addProduct(b, x.a[a &+ r5])
    }
    c.setVector16(c0, at: 0)
    c.setVector16(c1, at: 16)
    c.setVector16(c2, at: 32)
    c.setVector16(c3, at: 48)
    c.setVector16(c4, at: 64)
    c.setVector16(c5, at: 80)
  }

  @inline(__always)
  static func four<Right>(
    _ x: Operands<Right>, row: (Int) -> Int, step: (Int) -> Int, into c: FloatView,
    accumulating: Bool = false
  ) {
    var (c0, c1) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    var (c2, c3) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    if accumulating {
      (c0, c1) = (c.vector16(at: 0), c.vector16(at: 16))
      (c2, c3) = (c.vector16(at: 32), c.vector16(at: 48))
    }
    let (r0, r1, r2, r3) = (row(0), row(1), row(2), row(3))
    for k in 0..<x.count {
      let (b, a) = (x.b.vector16(at: k &* 16), step(k))
      c0.addProduct(b, x.a[a &+ r0])
      c1.addProduct(b, x.a[a &+ r1])
      c2.addProduct(b, x.a[a &+ r2])
      c3.addProduct(b, x.a[a &+ r3])
    }
    c.setVector16(c0, at: 0)
    c.setVector16(c1, at: 16)
    c.setVector16(c2, at: 32)
    c.setVector16(c3, at: 48)
  }
}
