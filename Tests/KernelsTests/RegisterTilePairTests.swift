// Two products at once against one after the other.

import Numerics
import TestSupport
import Testing

@testable import Kernels

@Suite struct RegisterTilePairTests {
  /// The same bits, since each sum has the same additions; rows and steps as products of tiles and their transposes have them.
  @Test(arguments: [(24, 1), (1, 16)], [false, true])
  func sumsAreThoseOfOneProduct(distances: (row: Int, step: Int), accumulating: Bool) {
    for count in [1, 2, 7, 24] {
      let size = 7 * distances.row + (count - 1) * distances.step + 1
      let a = buffer(size, 1)
      let (b, d) = (buffer(16 * count, 2), buffer(16 * count, 3))
      let pair = (buffer(128, 4), buffer(128, 5))
      RegisterTilePair.multiply(
        RegisterTilePair.Operands(
          a: a.view, row: distances.row, step: distances.step, b: (b.view, d.view), count: count),
        into: (pair.0.view, pair.1.view), accumulating: accumulating)
      for (right, stream, result) in [(b, 4, pair.0), (d, 5, pair.1)] {
        let single = buffer(128, stream)
        RegisterTile.tiles(
          RegisterTile.Operands(a: a.view, b: right.view, count: count), rows: 8,
          row: { $0 * distances.row }, step: { $0 * distances.step }, into: single.view,
          accumulating: accumulating)
        #expect(
          result.view.array == single.view.array, "\(count) products")
      }
    }
  }

  private func buffer(_ count: Int, _ stream: Int) -> SharedBuffer<Float> {
    let buffer = SharedBuffer<Float>(count: count)
    buffer.view.copy(from: TestData.normal(count, deviation: 1, stream: stream))
    return buffer
  }
}
