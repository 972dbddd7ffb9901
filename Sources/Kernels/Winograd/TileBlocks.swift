// Where the numbers of blocks of filters are.

import Numerics

/// Numbers of several blocks of sixteen filters, as far from each other.
struct TileBlocks<View: LaneView> {
  let view: View
  /// Where those of block 0 begin, and how far it is from one block to the next.
  let start: Int
  let step: Int
  /// Of a block.
  let count: Int

  @inline(__always)
  subscript(_ block: Int) -> View { view.slice(start &+ block &* step, count) }
}
