// Winograd's transforms of tiles, whatever their size.

import Numerics

/// Short convolutions with fewer multiplications: F(m, r) gives m outputs of r taps from n = m + r - 1
/// inputs by n multiplications, in two dimensions m x m outputs by n x n (Lavin and Gray, "Fast
/// Algorithms for Convolutional Neural Networks", CVPR 2016). A transform has n - 1 interpolation points p, 0 and pairs of
/// opposite numbers among them, and infinity.
///
/// With V = B^T d B, U = G g G^T: outputs = A^T (V * U) A, elementwise product. Everything here is one-dimensional maps
/// applied to columns and then to rows, on sixteen channels at once:
///
/// - ``inputs(_:)``: x (n) to B^T x (n): row i has the coefficients of M(t) / (t - p_i), M being the product of all t - p; the last those of M.
/// - ``spread(_:count:)``: y (k) to (y(p) for all p, y_k), values of the polynomial with coefficients y. It
///   is A for k = m; G is ``spread(_:count:)`` for k = r times ``factors``.
/// - ``gather(_:count:)``: the transpose of ``spread(_:count:)``, n to k.
protocol WinogradTransform {
  typealias Lanes = SIMD16<Float>
  /// n vectors of sixteen.
  associatedtype Row

  /// Inputs of a tile along one side, and multiplications: n.
  static var side: Int { get }
  /// 1 / product of p - q over the other points q, for each point p; 1 at infinity.
  static var factors: [Float] { get }
  /// ``factors`` in two dimensions, for each of the n x n points.
  static var pointFactors: [Float] { get }

  /// Each vector times its factor of ``factors``.
  static func scaled(_ x: Row) -> Row
  /// B^T x.
  static func inputs(_ x: Row) -> Row
  /// The first `count` of y as a polynomial's coefficients: its values at the points.
  static func spread(_ y: Row, count: Int) -> Row
  /// The transpose of ``spread(_:count:)``: `count` numbers, zeros behind them.
  static func gather(_ x: Row, count: Int) -> Row

  /// What `vector` has for 0 to n - 1.
  static func row(_ vector: (Int) -> Lanes) -> Row
  /// Calls `body` with the first `count` vectors.
  static func forEach(_ row: Row, count: Int, _ body: (Int, Lanes) -> Void)
}

extension WinogradTransform {
  static var points: Int { side * side }
  static var products: [Float] { factors.flatMap { row in factors.map { row * $0 } } }
  /// Numbers one tile's transform needs in between.
  static var scratchCount: Int { points * 16 }

  /// `count` vectors of sixteen, `step` numbers apart, zeros behind them.
  @inline(__always)
  static func load<View: LaneView>(_ view: View, _ start: Int, step: Int, count: Int = side) -> Row
  {
    row { $0 < count ? view.vector16(at: start &+ $0 &* step) : .zero }
  }

  @inline(__always)
  static func store<View: LaneView>(
    _ y: Row, _ view: View, _ start: Int, step: Int, count: Int = side
  ) {
    forEach(y, count: count) { view.setVector16($1, at: start &+ $0 &* step) }
  }

  /// Those of `y` that `wanted` has, at the places of all.
  @inline(__always)
  static func store<View: LaneView>(
    _ y: Row, _ wanted: Range<Int>, _ view: View, _ start: Int, step: Int
  ) {
    forEach(y, count: side) {
      if wanted.contains($0) { view.setVector16($1, at: start &+ $0 &* step) }
    }
  }

  /// Calls `body` with `columns`, as a range the compiler knows where it is all of them or a half.
  @inline(__always)
  static func withKnown(_ columns: Range<Int>, _ body: (Range<Int>) -> Void) {
    switch (columns.lowerBound, columns.upperBound) {
    case (0, side): body(0..<side)
    case (0, side / 2): body(0..<side / 2)
    case (side / 2, side): body(side / 2..<side)
    default: body(columns)
    }
  }

  /// B^T d B of one tile.
  ///
  /// - Parameters:
  ///   - row: the tile's rows of pixels of sixteen channels.
  ///   - columns: of the results, those that are wanted.
  ///   - target: the results, `step` numbers apart, from `place` on; those of `columns` are overwritten.
  ///   - scratch: scratchCount numbers.
  @inline(__always)
  static func transformInputs<Target: LaneView>(
    row: (Int) -> Row, columns: Range<Int>, into target: Target, place: Int, step: Int,
    scratch: FloatView
  ) {
    for index in 0..<side {
      store(inputs(row(index)), columns, scratch, index &* side &* 16, step: 16)
    }
    for column in columns {
      store(
        inputs(load(scratch, column &* 16, step: side &* 16)), target, place &+ column &* step,
        step: side &* step)
    }
  }

  /// A y A^T of one tile of `count` x `count` pixels, arguments as in ``transformInputs``.
  @inline(__always)
  static func spreadTile(
    count: Int, row: (Int) -> Row, columns: Range<Int> = 0..<side, into target: FloatView,
    place: Int,
    step: Int, scratch: FloatView
  ) {
    for index in 0..<count {
      store(spread(row(index), count: count), columns, scratch, index &* side &* 16, step: 16)
    }
    for column in columns {
      store(
        spread(load(scratch, column &* 16, step: side &* 16, count: count), count: count), target,
        place &+ column &* step, step: side &* step)
    }
  }

  /// A^T m A of the points' vectors `step` numbers apart, from `start` on: calls `column` with the number of each of the `count` columns
  /// and its `count` pixels.
  @inline(__always)
  static func gatherTile(
    _ source: FloatView, start: Int, step: Int, count: Int, scratch: FloatView,
    column: (Int, Row) -> Void
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
