// Where the factors of products are in scratch memory.

/// How the factors of many tiles lie in scratch memory: the points one behind the other, each with the numbers of all tiles.
struct TileLayout {
  /// Tiles taken at a time, whose numbers stay in the second-level cache: a multiple of six, eight and two.
  static let tiles = 24
  /// Numbers between points that hold nothing: without them a tile's numbers would often fall into one set of the cache.
  static let gap = 32

  /// Channels, filled up to blocks of sixteen.
  let channels: Int
  /// Points of the transform.
  let points: Int

  /// Numbers from one point to the next.
  var step: Int { Self.tiles * channels + Self.gap }
  /// Numbers of all points.
  var count: Int { points * step }
}
