// How layers' weight gradients are cut into pieces.

import Numerics
import Testing

@testable import Hypernetworks

@Suite struct WeightTileTests {
  private static func layer(_ outputs: Int, _ inputs: Int, rows: Int, offset: Int = 0)
    -> WeightTile.Layer
  {
    func matrix(_ columns: Int) -> MatrixView {
      MatrixView(SharedBuffer<Float>(count: rows * columns).view, rows: rows, columns: columns)
    }
    return WeightTile.Layer(
      factors: GradientFactors(
        leaves: RowLeaves(shardRows: rows / 2, shards: 2), type: .float32,
        gradient: matrix(outputs), input: matrix(inputs), outputs: outputs, inputs: inputs,
        offset: offset),
      cleared: [offset..<offset + 1])
  }

  /// Every number of every layer belongs to one tile, and what is cleared is cleared once, however many threads there are.
  @Test(arguments: [1, 2, 7, 16, 64], [12, 400])
  func everyNumberOnce(threads: Int, rows: Int) {
    let shapes = [(400, 400), (801, 100), (26, 40), (1, 15), (13, 1_100), (855, 300)]
    var offset = 0
    let layers = shapes.map { outputs, inputs in
      defer { offset += outputs * inputs }
      return Self.layer(outputs, inputs, rows: rows, offset: offset)
    }
    var counts = [Int](repeating: 0, count: offset)
    var cleared: [Range<Int>] = []
    for tile in WeightTile.all(of: layers, threadCount: threads) {
      for output in tile.outputs {
        for input in tile.inputs {
          counts[tile.factors.offset + output * tile.factors.inputs + input] += 1
        }
      }
      cleared += tile.cleared
    }
    #expect(counts.allSatisfy { $0 == 1 })
    #expect(Set(cleared).count == layers.count && cleared.count == layers.count)
  }

  /// A loop is over when its largest tiles are, or when each thread has done its part.
  @Test(arguments: [2, 8, 16, 32]) func threadsHaveEquallyMuch(threads: Int) {
    let tiles = WeightTile.all(
      of: [Self.layer(400, 400, rows: 960), Self.layer(160, 400, rows: 960)], threadCount: threads)
    let work = tiles.map { $0.outputs.count * $0.inputs.count }
    #expect(work == work.sorted(by: >))
    var done = [Int](repeating: 0, count: threads)
    for one in work { done[done.firstIndex(of: done.min()!)!] += one }
    #expect(Double(done.max()!) < 1.25 * Double(560 * 400) / Double(threads), "\(done)")
  }

  @Test func layersWithoutRowsOrColumnsHaveNoTiles() {
    #expect(WeightTile.all(of: [], threadCount: 4).isEmpty)
    #expect(WeightTile.all(of: [Self.layer(0, 40, rows: 8)], threadCount: 4).isEmpty)
  }
}
