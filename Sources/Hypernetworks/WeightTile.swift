// The pieces in which a layer's weight gradient is computed.

/// Some rows (outputs) of one layer's weight.
struct WeightTile: Sendable {
  let layer: PerceptronLayer
  let outputs: Range<Int>

  /// Numbers of the tile.
  var count: Int { outputs.count * layer.inputWidth }
  /// Where they begin among all parameters.
  var offset: Int { layer.weightOffset + outputs.lowerBound * layer.inputWidth }

  /// Tiles of about 16,384 elements, so that all shards' products of one stay in the second-level
  /// cache. A function of the layer alone, as its arithmetic must be.
  static func all(of layer: PerceptronLayer) -> [WeightTile] {
    let height = max(16, 16_384 / layer.inputWidth / 16 * 16)
    return stride(from: 0, to: layer.width, by: height).map {
      WeightTile(layer: layer, outputs: $0..<min(layer.width, $0 + height))
    }
  }
}
