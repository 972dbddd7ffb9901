// Winograd's transforms of tiles of six by six.

import Numerics

/// Short convolutions with fewer multiplications: F(m, r) gives m outputs of r taps from m + r - 1 = 6
/// inputs by six multiplications, in two dimensions m x m outputs by 36 (Lavin and Gray, "Fast
/// Algorithms for Convolutional Neural Networks", CVPR 2016). The interpolation points 0, a, -a, b, -b and infinity, with
/// a = 1 / sqrt 2 and b = sqrt 2, have smaller rounding errors than the usual 1 and 2 (Alam et al., "Winograd Convolution for
/// Deep Neural Networks: Efficient Point Selection", 2022, search for such points).
///
/// With V = B'^T d B', U = G g G^T: outputs = A^T (V * U) A, elementwise product. Everything here is one-dimensional maps
/// applied to columns and then to rows, on sixteen channels at once:
///
/// - ``inputs``: x (6) to B^T x (6).
/// - ``spread``: y (n) to (y(0), y(a), y(-a), y(b), y(-b), y_n), values of the polynomial with coefficients y. It
///   is A for n = m; G is ``spread`` for n = r times ``factors``.
/// - ``gather``: the transpose of ``spread``, 6 to n.
enum WinogradTransform {
  typealias Lanes = SIMD16<Float>
  typealias Six = (Lanes, Lanes, Lanes, Lanes, Lanes, Lanes)

  /// Inputs of a tile along one side, and multiplications.
  static let side = 6
  static let points = side * side

  /// a and b, as literals, which the compiler puts in place.
  static let near: Float = 0.707_106_781
  static let far: Float = 1.414_213_562

  /// What makes ``spread`` G, in one dimension.
  private static let factors: [Float] = [1, -2.0 / 3, -2.0 / 3, 1.0 / 6, 1.0 / 6, 1]
  /// The same in two dimensions, for each of the 36 points.
  static let pointFactors: [Float] = factors.flatMap { row in factors.map { row * $0 } }

  /// Six vectors times ``factors``.
  @inline(__always)
  static func scaled(_ x: Six) -> Six {
    let (near, far): (Float, Float) = (-2.0 / 3, 1.0 / 6)
    return (x.0, near * x.1, near * x.2, far * x.3, far * x.4, x.5)
  }

  /// Numbers one tile's transform needs in between.
  static let scratchCount = points * 16

  /// B^T x.
  @inline(__always)
  static func inputs(_ x: Six) -> Six {
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

  /// The first `count` (2, 3, 4 or 5) of y as a polynomial's coefficients: its values at the points.
  @inline(__always)
  static func spread(_ y: Six, count: Int) -> Six {
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

  /// The transpose of ``spread``: `count` numbers, zeros behind them.
  @inline(__always)
  static func gather(_ x: Six, count: Int) -> Six {
    let (sum1, difference1) = (x.1 + x.2, near * (x.1 - x.2))
    let (sum2, difference2) = (x.3 + x.4, far * (x.3 - x.4))
    var y: Six = (x.0 + sum1 + sum2, difference1 + difference2, .zero, .zero, .zero, .zero)
    if count == 2 { y.1 += x.5 }
    if count > 2 { y.2 = (0.5 * sum1).addingProduct(2, sum2) }
    if count == 3 { y.2 += x.5 }
    if count > 3 { y.3 = (0.5 * difference1).addingProduct(2, difference2) }
    if count == 4 { y.3 += x.5 }
    if count > 4 { y.4 = (0.25 * sum1).addingProduct(4, sum2) + x.5 }
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
  static func store<View: LaneView>(_ y: Six, _ view: View, _ start: Int, step: Int, count: Int = 6)
  {
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
  ///   - row: the tile's rows of 6 pixels of sixteen channels.
  ///   - target: the 36 results, `step` numbers apart, from `place` on; overwritten.
  ///   - scratch: scratchCount numbers.
  @inline(__always)
  static func transformInputs<Target: LaneView>(
    row: (Int) -> Six, into target: Target, place: Int, step: Int, scratch: FloatView
  ) {
    for index in 0..<side { store(inputs(row(index)), scratch, index &* side &* 16, step: 16) }
    for column in 0..<side {
      store(
        inputs(load(scratch, column &* 16, step: side &* 16)), target, place &+ column &* step,
        step: side &* step)
    }
  }

  /// A y A^T of one tile of `count` x `count` pixels, arguments as in ``transformInputs``.
  @inline(__always)
  static func spreadTile(
    count: Int, row: (Int) -> Six, into target: FloatView, place: Int, step: Int,
    scratch: FloatView
  ) {
    for index in 0..<count {
      store(spread(row(index), count: count), scratch, index &* side &* 16, step: 16)
    }
    for column in 0..<side {
      store(
        spread(load(scratch, column &* 16, step: side &* 16, count: count), count: count), target,
        place &+ column &* step, step: side &* step)
    }
  }

  /// A^T m A of 36 vectors `step` numbers apart, from `start` on: calls `column` with the number of each of the `count` columns
  /// and its `count` pixels.
  @inline(__always)
  static func gatherTile(
    _ source: FloatView, start: Int, step: Int, count: Int, scratch: FloatView,
    column: (Int, Six) -> Void
  ) {
    for row in 0..<side {
      store(
        gather(load(source, start &+ row &* side &* step, step: step), count: count), scratch,
        row &* side &* 16, step: 16, count: count)
    }
    for index in 0..<count {
      column(index, gather(load(scratch, index &* 16, step: side &* 16), count: count))
    }
  }
}
