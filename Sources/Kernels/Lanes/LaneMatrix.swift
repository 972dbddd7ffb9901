// Squares of sixteen by sixteen numbers, turned.

import Numerics

/// Exchanges rows and columns of sixteen vectors of sixteen.
enum LaneMatrix {
  /// Numbers that ``transpose(row:scratch:put:)`` needs in between.
  static let scratchCount = 256

  /// Calls `put` with each column's number and its sixteen numbers.
  ///
  /// Shuffling rows i and i + 8 like two halves of a pack of cards, four times, turns the square: here two times two
  /// shuffles. Cost: 64 shuffles, 32 loads and stores.
  @inline(__always)
  static func transpose(
    row: (Int) -> SIMD16<Float>, scratch: FloatView, put: (Int, SIMD16<Float>) -> Void
  ) {
    for index in 0..<4 {
      let four = shuffleTwice(row(index), row(index &+ 4), row(index &+ 8), row(index &+ 12))
      let place = index &* 64
      scratch.setVector16(four.0, at: place)
      scratch.setVector16(four.1, at: place &+ 16)
      scratch.setVector16(four.2, at: place &+ 32)
      scratch.setVector16(four.3, at: place &+ 48)
    }
    for index in 0..<4 {
      let place = index &* 16
      let four = shuffleTwice(
        scratch.vector16(at: place), scratch.vector16(at: place &+ 64),
        scratch.vector16(at: place &+ 128), scratch.vector16(at: place &+ 192))
      put(index &* 4, four.0)
      put(index &* 4 &+ 1, four.1)
      put(index &* 4 &+ 2, four.2)
      put(index &* 4 &+ 3, four.3)
    }
  }

  private typealias Lanes = SIMD16<Float>

  @inline(__always)
  private static func shuffleTwice(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes) -> (
    Lanes, Lanes, Lanes, Lanes
  ) {
    let (low0, high0) = shuffle(a, c)
    let (low1, high1) = shuffle(b, d)
    let (first, second) = shuffle(low0, low1)
    let (third, fourth) = shuffle(high0, high1)
    return (first, second, third, fourth)
  }

  @inline(__always)
  private static func shuffle(_ a: Lanes, _ b: Lanes) -> (Lanes, Lanes) {
    var (low, high) = (Lanes(), Lanes())
    (low.evenHalf, low.oddHalf) = (a.lowHalf, b.lowHalf)
    (high.evenHalf, high.oddHalf) = (a.highHalf, b.highHalf)
    return (low, high)
  }
}
