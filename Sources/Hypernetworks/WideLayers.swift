// The choices of distribution.wideLayers.

/// How the weight gradients of layers are made that have one row a latent and many more weights than rows have numbers. No choice changes a bit.
public enum WideLayers: String, Sendable, Equatable, CaseIterable {
  /// Each rank makes those of some of the layer's columns, of the rows of all ranks: rows are exchanged, and no gradients.
  case divided
  /// Each rank makes all, of its own latents, and they are summed over the ranks as all others are.
  case summed
}
