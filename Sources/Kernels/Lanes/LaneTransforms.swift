// Transforms of rows of images that a team divides.

import Host
import Numerics

/// ``LaneWinogradTiles/transform(_:block:rows:into:)`` of all rows of a block of images.
struct LaneTransforms<Source: LaneView>: LoopBody, @unchecked Sendable {
  let tiles: LaneWinogradTiles
  let pixels: Source
  let block: Int
  let target: FloatView
  let parts: Int

  func callAsFunction(_ part: Int, _ member: Int) {
    tiles.transform(
      pixels, block: block, rows: (0..<tiles.rows).part(part, of: parts), into: target)
  }
}
