// Products of small matrices against the formula, in tiles of six and four rows.

import Kernels
import Numerics
import TestSupport
import Testing

@Suite struct RegisterTileTests {
  /// What can be cut into sixes and fours, and no more than that.
  @Test func rowsFillTiles() {
    for count in 1...40 {
      let filled = RegisterTile.filled(count)
      #expect(filled >= count)
      let least = (count...).first { rows in
        (0...rows / 6).contains { (rows - 6 * $0) % 4 == 0 && rows > 0 }
      }
      #expect(filled == least)
    }
  }

  /// Rows and steps anywhere in `a`, as patches of images have them; sums are exact.
  @Test(arguments: [4, 6, 8, 10, 12, 14, 16, 22, 26], [false, true])
  func equalsTheFormula(rows: Int, accumulating: Bool) {
    for count in [1, 3, 25] {
      let a = buffer(TestData.exact(7 * rows + 3 * count, stream: 1))
      let b = buffer(TestData.exact(16 * count, stream: 2))
      let c = buffer(TestData.exact(16 * rows, stream: 3))
      let before = c.view.doubles
      RegisterTile.tiles(
        RegisterTile.Operands(a: a.view, b: b.view, count: count), rows: rows, row: { 7 * $0 },
        step: { 3 * $0 }, into: c.view, accumulating: accumulating)
      for row in 0..<rows {
        for column in 0..<16 {
          let sum = (0..<count).reduce(accumulating ? before[row * 16 + column] : 0) {
            $0 + Double(a.view[7 * row + 3 * $1]) * Double(b.view[$1 * 16 + column])
          }
          #expect(
            Double(c.view[row * 16 + column]) == sum, "row \(row) of \(rows), \(count) products")
        }
      }
    }
  }

  private func buffer(_ values: [Double]) -> SharedBuffer<Float> {
    let buffer = SharedBuffer<Float>(count: values.count)
    buffer.view.copy(from: values)
    return buffer
  }
}
