// Products of small matrices whose result stays in registers: what convolutions by hand are made of.

import Numerics

/// c[j, :] = sum over k of a[row(j) + step(k)] * b[k, :], rows of sixteen numbers, j below the number of rows.
///
/// Six rows are twelve registers of AVX2 and leave room for the factors, twelve rows are as many of AVX-512. The latter are also
/// enough sums to have each ready when its next product comes. Cost: 32 FLOPs an element of `a` that is read.
package enum RegisterTile {
  /// Rows of a full tile.
  static var rows: Int { isWide ? 12 : 6 }
  private static var isWide: Bool { CompiledCode.simdWidth >= 512 }

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

  /// `rows` rows, a result of ``filled(_:)``, in tiles of twelve, eight, six and four.
  @inline(__always)
  package static func tiles<Right>(
    _ x: Operands<Right>, rows: Int, row: (Int) -> Int, step: (Int) -> Int, into c: FloatView,
    accumulating: Bool = false
  ) {
    var first = 0
    while first < rows {
      let count = tileRows(rows - first)
      @inline(__always)
      func tile(_ count: Int) {
        self.tile(
          x, rows: count, row: { row(first &+ $0) }, step: step,
          into: c.slice(first * 16, count * 16), accumulating: accumulating)
      }
      // Counts the compiler knows.
      switch count {
      case 12: tile(12)
      case 8: tile(8)
      case 6: tile(6)
      default: tile(4)
      }
      first += count
    }
  }

  /// Rows of the first tile of `left` rows, so that the others can be cut, too.
  private static func tileRows(_ left: Int) -> Int {
    guard isWide else { return left % 4 != 0 || left >= 12 ? 6 : 4 }
    switch left {
    case 4: return 4
    case 6, 10: return 6
    case 8, 14, 16, 20: return 8
    default: return 12
    }
  }

  /// ``rows`` rows or fewer, as many as the compiler knows.
  @inline(__always)
  static func tile<Right>(
    _ x: Operands<Right>, rows: Int, row: (Int) -> Int, step: (Int) -> Int, into c: FloatView,
    accumulating: Bool = false
  ) {
    @inline(__always)
    func begin(_ index: Int) -> SIMD16<Float> {
      accumulating && index < rows ? c.vector16(at: index &* 16) : .zero
    }
    @inline(__always)
    func start(_ index: Int) -> Int { index < rows ? row(index) : 0 }
    var (c0, c1, c2, c3) = (begin(0), begin(1), begin(2), begin(3))
    var (c4, c5, c6, c7) = (begin(4), begin(5), begin(6), begin(7))
    var (c8, c9, c10, c11) = (begin(8), begin(9), begin(10), begin(11))
    let (r0, r1, r2, r3, r4, r5) = (start(0), start(1), start(2), start(3), start(4), start(5))
    let (r6, r7, r8, r9, r10, r11) = (
      start(6), start(7), start(8), start(9), start(10), start(11)
    )
    for k in 0..<x.count {
      let (b, a) = (x.b.vector16(at: k &* 16), step(k))
      c0.addProduct(b, x.a[a &+ r0])
      c1.addProduct(b, x.a[a &+ r1])
      c2.addProduct(b, x.a[a &+ r2])
      c3.addProduct(b, x.a[a &+ r3])
      if rows > 4 {
        c4.addProduct(b, x.a[a &+ r4])
        c5.addProduct(b, x.a[a &+ r5])
      }
      if rows > 6 {
        c6.addProduct(b, x.a[a &+ r6])
        c7.addProduct(b, x.a[a &+ r7])
      }
      if rows > 8 {
        c8.addProduct(b, x.a[a &+ r8])
        c9.addProduct(b, x.a[a &+ r9])
        c10.addProduct(b, x.a[a &+ r10])
        c11.addProduct(b, x.a[a &+ r11])
      }
    }
    @inline(__always)
    func end(_ index: Int, _ sum: SIMD16<Float>) {
      if index < rows { c.setVector16(sum, at: index &* 16) }
    }
    end(0, c0)
    end(1, c1)
    end(2, c2)
    end(3, c3)
    end(4, c4)
    end(5, c5)
    end(6, c6)
    end(7, c7)
    end(8, c8)
    end(9, c9)
    end(10, c10)
    end(11, c11)
  }
}
