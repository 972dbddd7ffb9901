// What a digit is drawn with.

/// One movement of the pen.
struct GlyphStroke: Sendable {
  enum Form: Sendable {
    /// Straight from point to point.
    case straight
    /// A Catmull-Rom curve through the points.
    case curve
    /// A Catmull-Rom curve through the points that returns to the first.
    case loop
  }

  let form: Form
  let points: [GlyphPoint]

  private init(_ form: Form, _ points: [(Float, Float)]) {
    self.form = form
    self.points = points.map { GlyphPoint(x: $0.0, y: $0.1) }
  }

  static func straight(_ points: (Float, Float)...) -> GlyphStroke { Self(.straight, points) }
  static func curve(_ points: (Float, Float)...) -> GlyphStroke { Self(.curve, points) }
  static func loop(_ points: (Float, Float)...) -> GlyphStroke { Self(.loop, points) }
}
