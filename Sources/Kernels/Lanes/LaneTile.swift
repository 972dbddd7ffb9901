// Products of weights and vectors of images whose sums stay in registers.

import Numerics

/// Sums of six rows: c[r, :] = sum over planes d and pairs (weight, vector) of a[row(r) + d weightStep + weight] *
/// b[d vectorStep + vector, :], where `:` are sixteen images, or two times sixteen `apart` numbers from each other.
///
/// Cost: 12 FLOPs an image and pair.
struct LaneTile<Source: LaneView> {
  typealias Lanes = SIMD16<Float>
  typealias Six = (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes)
  /// Rows of a tile.
  static var rows: Int { 6 }

  let weights: FloatView
  let pixels: Source
  let planes: LaneTaps.Planes

  /// Where six rows begin among the weights: beyond the last one the last again.
  struct Rows {
    let starts: (Int, Int, Int, Int, Int, Int)

    @inline(__always)
    init(_ first: Int, of count: Int, step: Int) {
      func start(_ index: Int) -> Int { min(first &+ index, count &- 1) &* step }
      starts = (start(0), start(1), start(2), start(3), start(4), start(5))
    }
  }

  /// Of sixteen images.
  @inline(__always)
  func one(_ rows: Rows, list: VectorView<Int32>, base: Int) -> Six {
    var c: Six = (.zero, .zero, .zero, .zero, .zero, .zero)
    let r = rows.starts
    for plane in 0..<planes.depth {
      let (weight, vector) = (plane &* planes.weightStep, base &+ plane &* planes.vectorStep)
      for pair in 0..<list.count / 2 {
        let a = weight &+ Int(list[2 &* pair])
        let b = pixels.vector16(at: vector &+ Int(list[2 &* pair &+ 1]))
        c.0.addProduct(b, weights[a &+ r.0])
        c.1.addProduct(b, weights[a &+ r.1])
        c.2.addProduct(b, weights[a &+ r.2])
        c.3.addProduct(b, weights[a &+ r.3])
        c.4.addProduct(b, weights[a &+ r.4])
        c.5.addProduct(b, weights[a &+ r.5])
      }
    }
    return c
  }

  /// Of two times sixteen.
  @inline(__always)
  func two(_ rows: Rows, list: VectorView<Int32>, base: Int, apart: Int) -> (Six, Six) {
    var c: Six = (.zero, .zero, .zero, .zero, .zero, .zero)
    var e: Six = (.zero, .zero, .zero, .zero, .zero, .zero)
    let r = rows.starts
    for plane in 0..<planes.depth {
      let (weight, vector) = (plane &* planes.weightStep, base &+ plane &* planes.vectorStep)
      for pair in 0..<list.count / 2 {
        let a = weight &+ Int(list[2 &* pair])
        let place = vector &+ Int(list[2 &* pair &+ 1])
        let (b, d) = (pixels.vector16(at: place), pixels.vector16(at: place &+ apart))
        let w0 = Lanes(repeating: weights[a &+ r.0])
        c.0.addProduct(b, w0)
        e.0.addProduct(d, w0)
        let w1 = Lanes(repeating: weights[a &+ r.1])
        c.1.addProduct(b, w1)
        e.1.addProduct(d, w1)
        let w2 = Lanes(repeating: weights[a &+ r.2])
        c.2.addProduct(b, w2)
        e.2.addProduct(d, w2)
        let w3 = Lanes(repeating: weights[a &+ r.3])
        c.3.addProduct(b, w3)
        e.3.addProduct(d, w3)
        let w4 = Lanes(repeating: weights[a &+ r.4])
        c.4.addProduct(b, w4)
        e.4.addProduct(d, w4)
        let w5 = Lanes(repeating: weights[a &+ r.5])
        c.5.addProduct(b, w5)
        e.5.addProduct(d, w5)
      }
    }
    return (c, e)
  }
}
