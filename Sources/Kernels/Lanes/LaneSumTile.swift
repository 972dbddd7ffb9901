// Sums of products of images that stay in registers: gradients of weights.

import Numerics

/// sums[f, k, :] += sum over two nested loops of gradient[f, :] * source[k, :], where `f` is a filter, `k` a tap and `:` are sixteen
/// images.
///
/// Cost: 2 FLOPs a filter, tap, round of the loops and image.
struct LaneSumTile<Source: LaneView, Gradient: LaneView> {
  /// A loop: its rounds, and how far source and gradient move in each.
  struct Loop {
    var count: Int
    var source: Int
    var gradient: Int
  }

  /// Where a sum begins in each view.
  struct Start {
    var source: Int
    var gradient: Int
    var sum: Int
  }

  let source: Source
  let gradient: Gradient
  let sums: FloatView
  let filterCount: Int
  /// Source numbers from one tap to the next; sums lie sixteen apart.
  let tapStep: Int
  /// From one filter to the next.
  let gradientStep: Int
  let sumStep: Int
  let outer: Loop

  /// Most taps that are summed together.
  static var taps: Int { 5 }
  /// Filters whose sums of five taps fit into registers.
  private static var filters: Int { CompiledCode.simdWidth >= 512 ? 4 : 1 }

  /// For all filters and 1 to ``taps`` taps.
  @inline(__always)
  func add(_ start: Start, taps: Int, inner: Loop) {
    guard inner.count > 0 else { return }
    var filter = 0
    while filter < filterCount {
      // Beyond the last filter of a tile it is the last again.
      let together = min(Self.filters, filterCount - filter > 2 ? 4 : 2)
      func index(_ index: Int) -> Int { min(filter &+ index, filterCount &- 1) }
      let four = (index(0), index(1), index(2), index(3))
      @inline(__always)
      func tile(_ taps: Int) {
        switch together {
        case 4: add(start, taps, four, 4, inner)
        case 2: add(start, taps, four, 2, inner)
        default: add(start, taps, four, 1, inner)
        }
      }
      // Counts the compiler knows.
      switch taps {
      case 5: tile(5)
      case 4: tile(4)
      case 3: tile(3)
      case 2: tile(2)
      default: tile(1)
      }
      filter += together
    }
  }

  @inline(__always)
  private func add(
    _ start: Start, _ taps: Int, _ f: (Int, Int, Int, Int), _ filters: Int, _ inner: Loop
  ) {
    let (s0, s1) = (start.sum &+ f.0 &* sumStep, start.sum &+ f.1 &* sumStep)
    let (s2, s3) = (start.sum &+ f.2 &* sumStep, start.sum &+ f.3 &* sumStep)
    var c0 = load(sums, s0, step: 16, taps)
    var c1 = load(sums, filters > 1 ? s1 : s0, step: 16, taps)
    var c2 = load(sums, filters > 2 ? s2 : s0, step: 16, taps)
    var c3 = load(sums, filters > 2 ? s3 : s0, step: 16, taps)
    for round in 0..<outer.count {
      var place = start.source &+ round &* outer.source
      var g = start.gradient &+ round &* outer.gradient
      for _ in 0..<inner.count {
        let five = load(source, place, step: tapStep, taps)
        add(&c0, gradient.vector16(at: g &+ f.0 &* gradientStep), five, taps)
        if filters > 1 { add(&c1, gradient.vector16(at: g &+ f.1 &* gradientStep), five, taps) }
        if filters > 2 {
          add(&c2, gradient.vector16(at: g &+ f.2 &* gradientStep), five, taps)
          add(&c3, gradient.vector16(at: g &+ f.3 &* gradientStep), five, taps)
        }
        place &+= inner.source
        g &+= inner.gradient
      }
    }
    store(c0, s0, taps)
    if filters > 1 { store(c1, s1, taps) }
    if filters > 2 {
      store(c2, s2, taps)
      store(c3, s3, taps)
    }
  }

  private typealias Five = (
    SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>, SIMD16<Float>
  )

  @inline(__always)
  private func add(_ sums: inout Five, _ g: SIMD16<Float>, _ x: Five, _ count: Int) {
    sums.0.addProduct(g, x.0)
    if count > 1 { sums.1.addProduct(g, x.1) }
    if count > 2 { sums.2.addProduct(g, x.2) }
    if count > 3 { sums.3.addProduct(g, x.3) }
    if count > 4 { sums.4.addProduct(g, x.4) }
  }

  @inline(__always)
  private func load<View: LaneView>(_ view: View, _ start: Int, step: Int, _ count: Int) -> Five {
    (
      view.vector16(at: start), count > 1 ? view.vector16(at: start &+ step) : .zero,
      count > 2 ? view.vector16(at: start &+ 2 &* step) : .zero,
      count > 3 ? view.vector16(at: start &+ 3 &* step) : .zero,
      count > 4 ? view.vector16(at: start &+ 4 &* step) : .zero
    )
  }

  @inline(__always)
  private func store(_ five: Five, _ start: Int, _ count: Int) {
    sums.setVector16(five.0, at: start)
    if count > 1 { sums.setVector16(five.1, at: start &+ 16) }
    if count > 2 { sums.setVector16(five.2, at: start &+ 32) }
    if count > 3 { sums.setVector16(five.3, at: start &+ 48) }
    if count > 4 { sums.setVector16(five.4, at: start &+ 64) }
  }
}
