// The strokes of the digits, as a person would write them.

/// One way to write a digit: strokes in a box 10 wide and 16 high, the origin at its top left.
struct GlyphSkeleton: Sendable {
  static let width: Float = 10
  static let height: Float = 16

  let strokes: [GlyphStroke]

  init(_ strokes: GlyphStroke...) { self.strokes = strokes }

  /// The variants of each digit, by digit.
  static let digits: [[GlyphSkeleton]] = [
    zero, one, two, three, four, five, six, seven, eight, nine,
  ]

  private static let zero = [
    GlyphSkeleton(
      .loop((5, 0), (8.8, 2.6), (10, 8), (8.8, 13.4), (5, 16), (1.2, 13.4), (0, 8), (1.2, 2.6))),
    // Not quite closed, the ends crossing at the top.
    GlyphSkeleton(
      .curve(
        (6.5, 0.7), (3, 0.6), (0.5, 5), (0.5, 11), (3.5, 15.7), (8, 14.5), (10, 9), (9, 3),
        (5.5, 0.3), (4, 2))),
    // Narrow.
    GlyphSkeleton(.loop((5, 0), (7.5, 3), (8, 9), (6.5, 15), (4, 16), (2.2, 12), (2, 6), (3, 1.5))),
  ]

  private static let one = [
    GlyphSkeleton(.straight((5, 0), (5, 16))),
    GlyphSkeleton(.straight((2, 4.2), (5.6, 0), (5.6, 16))),
    GlyphSkeleton(.straight((2.2, 3.6), (5.4, 0), (5.4, 16)), .straight((2, 16), (8.8, 16))),
    GlyphSkeleton(.curve((6, 0), (5.2, 5), (5, 11), (4.6, 16))),
  ]

  private static let two = [
    GlyphSkeleton(
      .curve((0.8, 4), (2, 1), (5.5, 0), (8.8, 2), (8.6, 6), (5, 10.8), (1, 15.5)),
      .straight((1, 15.5), (10, 15.5))),
    // With a loop at the foot.
    GlyphSkeleton(
      .curve(
        (1, 3.5), (4, 0.3), (8.3, 1.5), (8.6, 6), (5, 11.5), (1.8, 15.4), (0.4, 14), (2, 12.6),
        (5.5, 14.6), (9.8, 15.5))),
    // Angular, much like a Z.
    GlyphSkeleton(
      .curve((0.8, 1.6), (4.5, 0), (8.6, 1.2), (8.4, 4.6)),
      .straight((8.4, 4.6), (0.6, 15.6), (9.6, 15.2))),
  ]

  private static let three = [
    GlyphSkeleton(
      .curve((1, 2), (4.5, 0), (8.3, 1.5), (8, 5.5), (4.2, 7.5)),
      .curve((4.2, 7.5), (8.8, 9), (9.4, 13), (5.5, 16), (0.8, 14))),
    // Flat on top.
    GlyphSkeleton(
      .straight((1, 0.2), (9, 0), (4.3, 6.5)),
      .curve((4.3, 6.5), (8.8, 8), (9.4, 12.5), (5.5, 16), (0.8, 14))),
    // In one go, with a small loop at the waist.
    GlyphSkeleton(
      .curve(
        (1.2, 1.2), (5, 0), (8.4, 2.4), (6.5, 6.4), (3.8, 7.4), (4.4, 8.4), (8, 8.6), (9.2, 12.4),
        (6, 15.8), (1, 15))),
  ]

  private static let four = [
    // Open at the top.
    GlyphSkeleton(
      .straight((2.4, 0), (0.6, 9.5), (10, 9.5)), .straight((7.4, 3.6), (7.2, 16))),
    // Closed.
    GlyphSkeleton(.straight((7, 16), (7, 0), (0.3, 11), (10, 11))),
    // Rounded, much like a 9 without its lid.
    GlyphSkeleton(
      .curve((1.6, 0.4), (1, 5.6), (3.6, 8.4), (8.6, 7)), .straight((9, 0.2), (8, 16))),
  ]

  private static let five = [
    GlyphSkeleton(
      .straight((9, 0), (2, 0), (1.5, 7)),
      .curve((1.5, 7), (5.5, 5.8), (9.4, 8.5), (9, 13.5), (5, 16), (0.8, 14.3))),
    // Cursive, much like an S.
    GlyphSkeleton(
      .curve(
        (9.4, 0.6), (5.4, 0.4), (2.6, 2), (2.4, 5.4), (6, 7.2), (8.8, 10.2), (7.6, 14.6), (3.6, 16),
        (0.5, 14.5))),
    // The lid set apart.
    GlyphSkeleton(
      .curve((2.2, 0.8), (1.8, 6.6), (6, 6.2), (9, 9.6), (7.8, 14.6), (4, 16), (0.6, 15)),
      .straight((2.4, 0.6), (9.2, 0))),
  ]

  private static let six = [
    GlyphSkeleton(
      .curve(
        (8, 0.5), (3.6, 4), (0.8, 10), (2.2, 15), (6, 16), (9.2, 13), (8, 9), (5, 8.2), (1.6, 11))),
    // A straight stem and a loop.
    GlyphSkeleton(
      .straight((6.5, 0), (1.6, 9.5)),
      .loop((5, 8), (8.8, 10.4), (8, 14.8), (4.6, 16), (1.2, 13.6), (1.7, 9.8))),
    // A long stem and a small loop.
    GlyphSkeleton(
      .curve(
        (4.4, 0), (1.6, 6), (1, 12), (3.4, 15.8), (7.2, 14.8), (7.6, 11.4), (4.6, 10.6), (1.6, 13))),
  ]

  private static let seven = [
    GlyphSkeleton(.straight((0.5, 0), (9.5, 0), (4, 16))),
    // With a bar.
    GlyphSkeleton(.straight((0.5, 0.4), (9.5, 0), (4, 16)), .straight((2.6, 8.4), (9, 7.8))),
    // With a serif and a bent stem.
    GlyphSkeleton(
      .straight((0.8, 2.8), (1, 0.2), (9.5, 0)), .curve((9.5, 0), (6.4, 6.6), (4.6, 16))),
    // A round shoulder.
    GlyphSkeleton(.curve((0.6, 1.8), (4.6, 0.2), (8.8, 1.2), (8, 6), (6, 16))),
  ]

  private static let eight = [
    // One stroke crossing itself.
    GlyphSkeleton(
      .loop(
        (5, 7.6), (1.5, 4.6), (1.8, 1.2), (5, 0), (8.2, 1.2), (8.5, 4.6), (5, 7.6), (1, 11),
        (1.3, 14.7), (5, 16), (8.7, 14.7), (9, 11))),
    // Two rings.
    GlyphSkeleton(
      .loop((5, 0), (8, 1.4), (8, 5.6), (5, 7.2), (2, 5.6), (2, 1.4)),
      .loop((5, 7.2), (9, 9.4), (9, 14), (5, 16), (1, 14), (1, 9.4))),
    // Begun at the top right and not closed.
    GlyphSkeleton(
      .curve(
        (8.8, 2), (5, 0), (1.5, 2.5), (3, 6.4), (7.5, 9.3), (9, 13), (5, 16), (1, 13), (3, 9),
        (7.5, 5.5), (9, 1.6))),
  ]

  private static let nine = [
    // A loop and a straight stem.
    GlyphSkeleton(
      .loop((5.4, 0), (8.8, 2), (8.6, 6), (5, 8), (1.2, 6), (1.6, 1.8)),
      .straight((8.9, 3), (8, 16))),
    // In one go.
    GlyphSkeleton(
      .curve(
        (8.8, 3.5), (6, 0), (1.8, 1.5), (1, 5.5), (4, 8.2), (7.8, 6.4), (9, 3), (8.8, 9), (7.4, 16))
    ),
    // With a curled tail.
    GlyphSkeleton(
      .curve(
        (8.8, 3), (5.6, 0), (1.6, 1.8), (1.4, 6), (4.6, 8), (8.2, 6), (9, 2.6), (9.2, 10),
        (7, 15.2),
        (3.6, 16), (1, 14.4))),
  ]
}
