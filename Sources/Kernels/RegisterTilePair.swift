// Two products with one left factor whose results stay in registers.

import Numerics

/// c[j, :] = sum over k of a[j row + k step] * b[k, :], eight rows j of sixteen numbers, and the same with another b and c: a number of `a` is read for
/// two products, where ``RegisterTile`` is limited by reading. The additions of each sum are those of ``RegisterTile``. For processors with AVX-512: sixteen of 32 registers.
enum RegisterTilePair {
  static var isSupported: Bool { CompiledCode.simdWidth >= 512 }

  struct Operands {
    let a: FloatView
    /// Numbers from one row of the result to the next, and from one product of a sum to the next.
    let row: Int
    let step: Int
    /// Rows of sixteen numbers, one behind the other.
    let b: (FloatView, FloatView)
    /// Products summed into each element.
    let count: Int
  }

  /// Results are added to what is there where `accumulating`.
  @inline(__always)
  static func multiply(
    _ x: Operands, into c: (FloatView, FloatView), accumulating: Bool = false
  ) {
    @inline(__always)
    func begin(_ c: FloatView, _ index: Int) -> SIMD16<Float> {
      accumulating ? c.vector16(at: index &* 16) : .zero
    }
    var (c0, c1, c2, c3) = (begin(c.0, 0), begin(c.0, 1), begin(c.0, 2), begin(c.0, 3))
    var (c4, c5, c6, c7) = (begin(c.0, 4), begin(c.0, 5), begin(c.0, 6), begin(c.0, 7))
    var (d0, d1, d2, d3) = (begin(c.1, 0), begin(c.1, 1), begin(c.1, 2), begin(c.1, 3))
    var (d4, d5, d6, d7) = (begin(c.1, 4), begin(c.1, 5), begin(c.1, 6), begin(c.1, 7))
    for k in 0..<x.count {
      let (b, d) = (x.b.0.vector16(at: k &* 16), x.b.1.vector16(at: k &* 16))
      let place = k &* x.step
      @inline(__always)
      func add(_ index: Int, _ one: inout SIMD16<Float>, _ other: inout SIMD16<Float>) {
        let a = x.a[place &+ index &* x.row]
        one.addProduct(b, a)
        other.addProduct(d, a)
      }
      add(0, &c0, &d0)
      add(1, &c1, &d1)
      add(2, &c2, &d2)
      add(3, &c3, &d3)
      add(4, &c4, &d4)
      add(5, &c5, &d5)
      add(6, &c6, &d6)
      add(7, &c7, &d7)
    }
    @inline(__always)
    func end(_ index: Int, _ one: SIMD16<Float>, _ other: SIMD16<Float>) {
      c.0.setVector16(one, at: index &* 16)
      c.1.setVector16(other, at: index &* 16)
    }
    end(0, c0, d0)
    end(1, c1, d1)
    end(2, c2, d2)
    end(3, c3, d3)
    end(4, c4, d4)
    end(5, c5, d5)
    end(6, c6, d6)
    end(7, c7, d7)
  }
}
