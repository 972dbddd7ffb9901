// `glyphs`: a data set that needs no file.

import Files
import Numerics

/// 28x28 grey digits drawn by the program: the same bytes on every machine and every rank.
enum GlyphDataset: DrawnDataset {
  /// SHA-256 of all training images, training labels, test images and test labels, in that order.
  private static let digest =
    "74b3f6aa8c9c45766c9dfdda9bc541862ac536d8188461485425713edd69113c"

  /// Each image is a function of its split and number alone.
  static func images(
    of description: DatasetDescription, _ split: DrawnSplit, _ range: Range<Int>
  ) -> LabeledImages {
    var pen = GlyphPen(shape: description.shape)
    var pixels: [UInt8] = []
    var labels: [ClassLabel] = []
    pixels.reserveCapacity(range.count * description.shape.count)
    labels.reserveCapacity(range.count)
    for index in range {
      var draws = GlyphDraws(
        CounterRandom(seed: 0, purpose: .glyphs, major: index, minor: split.rawValue))
      let digit = draws.integer(below: description.outputCount)
      pen.draw(digit: digit, draws: &draws, into: &pixels)
      labels.append(ClassLabel(digit))
    }
    return LabeledImages(
      shape: description.shape, classCount: description.outputCount, pixels: pixels, labels: labels)
  }

  /// Whether this machine draws the bytes it should.
  static func verification() -> FileVerification {
    var sha = SHA256()
    for split in [
      images(of: .glyphs, .training, 0..<DatasetDescription.glyphs.trainingCount),
      images(of: .glyphs, .test, 0..<DatasetDescription.glyphs.testCount),
    ] {
      for index in 0..<split.count {
        split.withBytes(of: index) { sha.update(UnsafeRawBufferPointer($0)) }
      }
      split.labels.map { UInt8($0) }.withUnsafeBytes { sha.update($0) }
    }
    let found = sha.hexDigest()
    return FileVerification(
      path: location,
      verdict: found == digest ? .published : .different(found: found, published: digest))
  }
}
