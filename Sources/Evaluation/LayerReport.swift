// What generated networks' layers tell of how a training goes.

import Files

/// Where networks differ, and how many of their units are dead, layer by layer.
public struct LayerReport: Sendable, Equatable {
  /// A layer with weights.
  public struct Layer: Sendable, Equatable {
    public var name = ""
    /// The layer's part of the mean distance of two networks, under l2 of its square, weighed as the objective says; nil
    /// where networks do not differ, or by numbers that are not finite.
    public var distanceShare: Double?
    /// The fraction of its units that are 0 for every image, at every place of a channel, mean over networks; nil
    /// where no ReLU follows.
    public var deadUnits: Double?
    public init() {}
  }

  /// What was looked at.
  public var networks = 0
  public var images = 0
  public var layers: [Layer] = []

  public init() {}

  /// What a user should look into, in words.
  public var warnings: [String] {
    layers.compactMap { layer in
      guard let dead = layer.deadUnits, dead > 0.5 else { return nil }
      return
        "\(layer.name): \(Self.percent(dead)) of the units are dead: 0 for all of \(images) images, mean of "
        + "\(networks) networks. They learn no more; try a lower training.learningRate, or a longer warm-up"
    }
      + layers.compactMap { layer in
        guard layers.count > 1, let share = layer.distanceShare, share > 0.9 else { return nil }
        return
          "\(layer.name): \(Self.percent(share)) of the distance between networks lies in this layer: the entropy "
          + "of the weights measures hardly anything else; see objective.entropy.weighting"
      }
  }

  private static func percent(_ fraction: Double) -> String {
    let tenths = Int((1000 * fraction).rounded())
    return "\(tenths / 10).\(tenths % 10) %"
  }
}

extension LayerReport: JSONRecord {
  public static var fields: [JSONField<Self>] {
    [
      JSONField("networks", \.networks), JSONField("images", \.images),
      JSONField("layers", \.layers),
    ]
  }
}

extension LayerReport.Layer: JSONRecord {
  public static var fields: [JSONField<Self>] {
    [
      JSONField("name", \.name), JSONField("distance_share", \.distanceShare),
      JSONField("dead_units", \.deadUnits),
    ]
  }
}
