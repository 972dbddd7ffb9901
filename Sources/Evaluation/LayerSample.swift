// How much is looked at to tell of layers.

/// Networks and images that a ``LayerReport`` is made from: the first ones of an evaluation, as many as it has.
public struct LayerSample: Sendable {
  public var networks: Int
  public var images: Int

  /// By default so few that a validation hardly takes longer.
  public init(networks: Int = 10, images: Int = 256) {
    self.networks = networks
    self.images = images
  }
}
