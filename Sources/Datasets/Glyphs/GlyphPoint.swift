// Coordinates of drawn digits.

/// A point in the plane of a skeleton, or of an image.
struct GlyphPoint: Sendable {
  var x: Float
  /// Downwards.
  var y: Float
}
