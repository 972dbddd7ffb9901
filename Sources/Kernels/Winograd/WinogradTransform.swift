// Winograd's transforms of tiles of six by six.

import TensorCore

/// Short convolutions with fewer multiplications: F(m, r) gives m outputs of r taps from m + r - 1 = 6
/// inputs by six multiplications, in two dimensions m x m outputs by 36 (Lavin and Gray, "Fast
/// Algorithms for Convolutional Neural Networks", CVPR 2016; interpolation points 0, 1, -1, 2, -2, infinity).
///
/// With V = B'^T d B', U = G g G^T: outputs = A^T (V * U) A, elementwise product. Everything here is one-dimensional maps
/// applied to columns and then to rows, on sixteen channels at once:
///
/// - ``inputs``: x (6) to B^T x (6).
/// - ``spread``: y (n) to (y(0), y(1), y(-1), y(2), y(-2), y_n), values of the polynomial with coefficients y. It
///   is A for n = m; G is ``spread`` for n = r times ``factors``.
/// - ``gather``: the transpose of ``spread``, 6 to n.
enum WinogradTransform {
  typealias Lanes = SIMD16<Float>
  typealias Six = (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes)

  /// Inputs of a tile along one side, and multiplications.
  static let side = 6
  static let points = side * side

  /// What makes ``spread`` G.
  static let factors: [Float] = [1.0 / 4, -1.0 / 6, -1.0 / 6, 1.0 / 24, 1.0 / 24, 1]

  /// Numbers one tile's transform needs in between.
  static let scratchCount = points * 16

  /// B^T x.
  @inline(__always)
  static func inputs(_ x: Six) -> Six {
    let even = x.4.addingProduct(-4, x.2)
    let odd = x.3.addingProduct(-4, x.1)
    let difference = x.4 - x.2
    let slope = 2 * (x.3 - x.1)
    return (
      x.4.addingProduct(-5, x.2).addingProduct(4, x.0),
      even + odd, even - odd, difference + slope, difference - slope,
      x.5.addingProduct(-5, x.3).addingProduct(4, x.1)
    )
  }

  /// The first `count` (2, 3, 4 or 5) of y as a polynomial's coefficients: its values at the points.
  @inline(__always)
  static func spread(_ y: Six, count: Int) -> Six {
    var (even1, odd1) = (y.0, y.1)
    var (even2, odd2) = (y.0, 2 * y.1)
    var last = y.1
    if count > 2 {
      even1 += y.2
      even2.addProduct(4, y.2)
      last = y.2
    }
    if count > 3 {
      odd1 += y.3
      odd2.addProduct(8, y.3)
      last = y.3
    }
    if count > 4 {
      even1 += y.4
      even2.addProduct(16, y.4)
      last = y.4
    }
    return (y.0, even1 + odd1, even1 - odd1, even2 + odd2, even2 - odd2, last)
  }

  /// The transpose of ``spread``: `count` numbers, zeros behind them.
  @inline(__always)
  static func gather(_ x: Six, count: Int) -> Six {
    let (sum1, difference1) = (x.1 + x.2, x.1 - x.2)
    let (sum2, difference2) = (x.3 + x.4, x.3 - x.4)
    var y: Six = (
      x.0 + sum1 + sum2, difference1.addingProduct(2, difference2), .zero, .zero, .zero, .zero
    )
    if count == 2 { y.1 += x.5 }
    if count > 2 { y.2 = sum1.addingProduct(4, sum2) }
    if count == 3 { y.2 += x.5 }
    if count > 3 { y.3 = difference1.addingProduct(8, difference2) }
    if count == 4 { y.3 += x.5 }
    if count > 4 { y.4 = sum1.addingProduct(16, sum2) + x.5 }
    return y
  }

  /// Six vectors of sixteen, `step` numbers apart.
  @inline(__always)
  static func load<View: LaneView>(_ view: View, _ start: Int, step: Int, count: Int = 6) -> Six {
    (
      view.vector16(at: start), view.vector16(at: start &+ step),
      count > 2 ? view.vector16(at: start &+ 2 &* step) : .zero,
      count > 3 ? view.vector16(at: start &+ 3 &* step) : .zero,
      count > 4 ? view.vector16(at: start &+ 4 &* step) : .zero,
      count > 5 ? view.vector16(at: start &+ 5 &* step) : .zero
    )
  }

  @inline(__always)
  static func store(_ y: Six, _ view: FloatView, _ start: Int, step: Int, count: Int = 6) {
    view.setVector16(y.0, at: start)
    view.setVector16(y.1, at: start &+ step)
    if count > 2 { view.setVector16(y.2, at: start &+ 2 &* step) }
    if count > 3 { view.setVector16(y.3, at: start &+ 3 &* step) }
    if count > 4 { view.setVector16(y.4, at: start &+ 4 &* step) }
    if count > 5 { view.setVector16(y.5, at: start &+ 5 &* step) }
  }

  /// B^T d B of one tile.
  ///
  /// - Parameters:
  ///   - source: 6 rows `rowStep` numbers apart of 6 pixels of sixteen channels, from `start` on; read.
  ///   - target: the 36 results, `step` numbers apart, from `place` on; overwritten.
  ///   - scratch: scratchCount numbers.
  @inline(__always)
  static func transformInputs<Source: LaneView>(
    _ source: Source, start: Int, rowStep: Int, into target: FloatView, place: Int, step: Int,
    scratch: FloatView
  ) {
    for row in 0..<side {
      store(
        inputs(load(source, start &+ row &* rowStep, step: 16)), scratch, row &* side &* 16,
        step: 16)
    }
    for column in 0..<side {
      store(
        inputs(load(scratch, column &* 16, step: side &* 16)), target, place &+ column &* step,
        step: side &* step)
    }
  }

  /// A y A^T of one tile of `count` x `count` pixels, arguments as in ``transformInputs``.
  @inline(__always)
  static func spreadTile<Source: LaneView>(
    _ source: Source, start: Int, rowStep: Int, count: Int, into target: FloatView, place: Int,
    step: Int, scratch: FloatView
  ) {
    for row in 0..<count {
      store(
        spread(load(source, start &+ row &* rowStep, step: 16, count: count), count: count),
        scratch,
        row &* side &* 16, step: 16)
    }
    for column in 0..<side {
      store(
        spread(load(scratch, column &* 16, step: side &* 16, count: count), count: count), target,
        place &+ column &* step, step: side &* step)
    }
  }

  /// A^T m A: 36 vectors `step` numbers apart, from `start` on, to `count` x `count` vectors side by side in
  /// `target`, sixteen numbers each.
  @inline(__always)
  static func gatherTile(
    _ source: FloatView, start: Int, step: Int, count: Int, into target: FloatView,
    scratch: FloatView
  ) {
    for row in 0..<side {
      store(
        gather(load(source, start &+ row &* side &* step, step: step), count: count), scratch,
        row &* side &* 16, step: 16, count: count)
    }
    for column in 0..<count {
      store(
        gather(load(scratch, column &* 16, step: side &* 16), count: count), target, column &* 16,
        step: count &* 16, count: count)
    }
  }
}
