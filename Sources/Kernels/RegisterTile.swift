// Products of small matrices whose result stays in registers: what convolutions by hand are made of.

import TensorCore

/// c[j, :] = sum over k of a[j * aRow + k * aStep] * b[k * bStep, :], rows of sixteen numbers, j below
/// the number of rows the function is named for.
///
/// Six rows are twelve registers of AVX2 (or six of AVX-512) and leave room for the factors. Cost: 32 FLOPs
/// an element of `a` that is read.
enum RegisterTile {
  /// Rows of a full tile.
  static let rows = 6

  /// Where the factors of one product lie.
  struct Operands {
    var a: FloatView
    var aRow: Int
    var aStep: Int
    var b: FloatView
    var bStep: Int
    /// Products summed into each element.
    var count: Int
  }

  @inline(__always)
  static func six(_ x: Operands, into c: FloatView, accumulating: Bool = false) {
    var (c0, c1, c2) = (SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero)
    var (c3, c4, c5) = (SIMD16<Float>.zero, SIMD16<Float>.zero, SIMD16<Float>.zero)
    if accumulating {
      (c0, c1, c2) = (c.vector16(at: 0), c.vector16(at: 16), c.vector16(at: 32))
      (c3, c4, c5) = (c.vector16(at: 48), c.vector16(at: 64), c.vector16(at: 80))
    }
    var (a, b) = (0, 0)
    for _ in 0..<x.count {
      let row = x.b.vector16(at: b)
      c0.addProduct(row, x.a[a])
      c1.addProduct(row, x.a[a &+ x.aRow])
      c2.addProduct(row, x.a[a &+ 2 &* x.aRow])
      c3.addProduct(row, x.a[a &+ 3 &* x.aRow])
      c4.addProduct(row, x.a[a &+ 4 &* x.aRow])
      c5.addProduct(row, x.a[a &+ 5 &* x.aRow])
      a = a &+ x.aStep
      b = b &+ x.bStep
    }
    c.setVector16(c0, at: 0)
    c.setVector16(c1, at: 16)
    c.setVector16(c2, at: 32)
    c.setVector16(c3, at: 48)
    c.setVector16(c4, at: 64)
    c.setVector16(c5, at: 80)
  }

  @inline(__always)
  static func four(_ x: Operands, into c: FloatView, accumulating: Bool = false) {
    var (c0, c1) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    var (c2, c3) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
    if accumulating {
      (c0, c1) = (c.vector16(at: 0), c.vector16(at: 16))
      (c2, c3) = (c.vector16(at: 32), c.vector16(at: 48))
    }
    var (a, b) = (0, 0)
    for _ in 0..<x.count {
      let row = x.b.vector16(at: b)
      c0.addProduct(row, x.a[a])
      c1.addProduct(row, x.a[a &+ x.aRow])
      c2.addProduct(row, x.a[a &+ 2 &* x.aRow])
      c3.addProduct(row, x.a[a &+ 3 &* x.aRow])
      a = a &+ x.aStep
      b = b &+ x.bStep
    }
    c.setVector16(c0, at: 0)
    c.setVector16(c1, at: 16)
    c.setVector16(c2, at: 32)
    c.setVector16(c3, at: 48)
  }
}
