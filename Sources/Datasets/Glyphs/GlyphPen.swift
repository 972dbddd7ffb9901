// One glyph, from random numbers to pixels.

import Numerics

/// How much one glyph differs from another.
private enum GlyphVariation {
  /// Of each control point, in units of the skeleton's box.
  static let jitter: Float = 1.2
  /// Height on the image, in pixels, and width as a multiple of the skeleton's.
  static let height: (Float, Float) = (16, 21.5)
  static let width: (Float, Float) = (0.7, 1.1)
  /// Columns a row moves to the right, a row up.
  static let slant: (Float, Float) = (-0.15, 0.45)
  /// Tangent of half the angle of rotation.
  static let turn: Float = 0.1
  /// Of straight lines over half a glyph, as a fraction of its size.
  static let bend: Float = 0.2
  /// Of the glyph's centre, in pixels.
  static let shift: Float = 1.8
  /// Half the stroke's thickness, in pixels.
  static let halfThickness: (Float, Float) = (0.75, 1.7)
  /// Pixels over which an edge fades.
  static let softness: (Float, Float) = (0.9, 1.9)
  static let ink: (Float, Float) = (0.7, 1)
  /// Largest noise of a pixel; each glyph has its own.
  static let noise: (Float, Float) = (0, 0.2)
}

/// Draws glyphs of one size, reusing its scratch memory.
///
/// Works with additions, products, quotients and square roots only, each rounded as IEEE 754 says, so
/// that every machine draws the same bytes.
struct GlyphPen: ~Copyable {
  let shape: ImageShape
  /// Squared distance of each pixel's centre to the nearest stroke.
  private let distance: AlignedBuffer<Float>
  private var outline: [GlyphPoint] = []

  init(shape: ImageShape) {
    self.shape = shape
    distance = AlignedBuffer(count: shape.count)
  }

  /// Appends one picture of `digit` to `pixels`.
  mutating func draw(digit: Int, draws: inout GlyphDraws, into pixels: inout [UInt8]) {
    typealias Variation = GlyphVariation
    let variants = GlyphSkeleton.digits[digit]
    let skeleton = variants[draws.integer(below: variants.count)]
    let placement = Placement(shape: shape, draws: &draws)
    let halfThickness = draws.uniform(Variation.halfThickness.0, Variation.halfThickness.1)
    let softness = draws.uniform(Variation.softness.0, Variation.softness.1)
    let ink = draws.uniform(Variation.ink.0, Variation.ink.1)
    let noise = draws.uniform(Variation.noise.0, Variation.noise.1)

    // Beyond this distance a pixel stays white.
    let reach = halfThickness + softness / 2
    distance.view.fill(reach * reach)
    for stroke in skeleton.strokes {
      let points = stroke.points.map { point in
        placement.image(
          of: GlyphPoint(
            x: point.x + draws.around(Variation.jitter),
            y: point.y + draws.around(Variation.jitter)))
      }
      trace(points, form: stroke.form)
      for (begin, end) in zip(outline, outline.dropFirst()) {
        approach(begin, end, reach: reach)
      }
    }
    for pixel in 0..<shape.count {
      let cover = (reach - distance[pixel].squareRoot()) / softness
      let value = ink * min(cover, 1) + draws.around(noise)
      pixels.append(UInt8(max(0, min(1, value)) * 255 + 0.5))
    }
  }

  /// Overwrites `outline` with the corners of a stroke's polyline.
  private mutating func trace(_ points: [GlyphPoint], form: GlyphStroke.Form) {
    outline.removeAll(keepingCapacity: true)
    guard form != .straight else {
      outline.append(contentsOf: points)
      return
    }
    let isLoop = form == .loop
    let count = points.count
    func point(_ index: Int) -> GlyphPoint {
      isLoop ? points[(index + count) % count] : points[min(max(index, 0), count - 1)]
    }
    let stepCount = 5
    outline.append(points[0])
    for span in 0..<(isLoop ? count : count - 1) {
      let (a, b, c, d) = (point(span - 1), point(span), point(span + 1), point(span + 2))
      for step in 1...stepCount {
        let t = Float(step) / Float(stepCount)
        outline.append(
          GlyphPoint(x: catmullRom(a.x, b.x, c.x, d.x, t), y: catmullRom(a.y, b.y, c.y, d.y, t)))
      }
    }
  }

  /// Lowers the distances of the pixels around the line from `begin` to `end`.
  private func approach(_ begin: GlyphPoint, _ end: GlyphPoint, reach: Float) {
    let (dx, dy) = (end.x - begin.x, end.y - begin.y)
    let inverse = 1 / max(dx * dx + dy * dy, 1e-12)
    /// Pixels whose centres may lie within reach, of `limit` rows or columns.
    func range(_ a: Float, _ b: Float, _ limit: Int) -> Range<Int> {
      let low = max(0, min(Float(limit), (min(a, b) - reach).rounded(.down)))
      let high = max(low, min(Float(limit), (max(a, b) + reach).rounded(.up) + 1))
      return Int(low)..<Int(high)
    }
    let columns = range(begin.x, end.x, shape.width)
    for row in range(begin.y, end.y, shape.height) {
      let py = Float(row) - begin.y
      for column in columns {
        let px = Float(column) - begin.x
        let along = max(0, min(1, (px * dx + py * dy) * inverse))
        let (ex, ey) = (px - along * dx, py - along * dy)
        let index = row * shape.width + column
        distance[index] = min(distance[index], ex * ex + ey * ey)
      }
    }
  }
}

/// Catmull-Rom interpolation from `b` (t = 0) to `c` (t = 1).
private func catmullRom(_ a: Float, _ b: Float, _ c: Float, _ d: Float, _ t: Float) -> Float {
  let linear = c - a
  let square = 2 * a - 5 * b + 4 * c - d
  let cube = 3 * b - a - 3 * c + d
  return b + 0.5 * t * (linear + t * (square + t * cube))
}

/// Where one glyph stands on its image: a bent, slanted, turned, scaled and shifted box.
private struct Placement {
  private let scaleX: Float
  private let scaleY: Float
  private let bendX: Float
  private let bendY: Float
  private let slant: Float
  private let cosine: Float
  private let sine: Float
  private let centre: GlyphPoint

  init(shape: ImageShape, draws: inout GlyphDraws) {
    typealias Variation = GlyphVariation
    scaleY = draws.uniform(Variation.height.0, Variation.height.1) / GlyphSkeleton.height
    scaleX = scaleY * draws.uniform(Variation.width.0, Variation.width.1)
    bendX = draws.around(Variation.bend)
    bendY = draws.around(Variation.bend)
    slant = draws.uniform(Variation.slant.0, Variation.slant.1)
    let half = draws.around(Variation.turn)
    cosine = (1 - half * half) / (1 + half * half)
    sine = 2 * half / (1 + half * half)
    centre = GlyphPoint(
      x: Float(shape.width - 1) / 2 + draws.around(Variation.shift),
      y: Float(shape.height - 1) / 2 + draws.around(Variation.shift))
  }

  func image(of point: GlyphPoint) -> GlyphPoint {
    // From -1 to 1 inside the skeleton's box.
    let u = point.x * (2 / GlyphSkeleton.width) - 1
    let v = point.y * (2 / GlyphSkeleton.height) - 1
    let y = (v + bendY * u * u) * scaleY * (GlyphSkeleton.height / 2)
    let x = (u + bendX * v * v) * scaleX * (GlyphSkeleton.width / 2) - slant * y
    return GlyphPoint(
      x: centre.x + cosine * x - sine * y, y: centre.y + sine * x + cosine * y)
  }
}
