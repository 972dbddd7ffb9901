// `curve`: a regression that needs no file.

import Files
import Numerics

/// Points (x, y) with y = x^3 / 12 - x and noise of deviation 0.1; x is uniform on [-4, 4] but for a gap from -1.5 to 1. The same numbers on
/// every machine and every rank: noise is the sum of twelve uniform numbers, which is normal as far as matters here.
enum CurveDataset: DrawnDataset {
  static let noise = 0.1
  static let range = -4.0...4.0
  static let gap = -1.5...1.0

  /// SHA-256 of all training inputs and targets, test inputs and targets, in that order.
  private static let digest =
    "a48a0a228cc879c49c34d1909cb2e38177ad07d1a67213078b144dd4b4d9ade2"

  /// Each point is a function of its split and number alone.
  private static func point(_ split: DrawnSplit, _ index: Int) -> (x: Float, y: Float) {
    let random = CounterRandom(seed: 0, purpose: .curve, major: index, minor: split.rawValue)
    let left = gap.lowerBound - range.lowerBound
    let length = left + range.upperBound - gap.upperBound
    let place = length * Double(random.uniform(0))
    let x = place < left ? range.lowerBound + place : gap.upperBound + place - left
    let normal = (1...12).reduce(-6.0) { $0 + Double(random.uniform($1)) }
    return (Float(x), Float(x * x * x / 12 - x + noise * normal))
  }

  static func images(
    of description: DatasetDescription, _ split: DrawnSplit, _ range: Range<Int>
  ) -> LabeledImages {
    let points = range.map { point(split, $0) }
    return LabeledImages(
      shape: description.shape, values: points.map(\.x),
      answers: .targets(TargetValues(outputCount: 1, values: points.map(\.y))))
  }

  /// Whether this machine draws the numbers it should.
  static func verification() -> FileVerification {
    var sha = SHA256()
    let counts = [
      (DrawnSplit.training, DatasetDescription.curve.trainingCount),
      (DrawnSplit.test, DatasetDescription.curve.testCount),
    ]
    for (split, count) in counts {
      let points = (0..<count).map { point(split, $0) }
      for values in [points.map(\.x), points.map(\.y)] {
        values.map { $0.bitPattern.littleEndian }.withUnsafeBytes { sha.update($0) }
      }
    }
    let found = sha.hexDigest()
    return FileVerification(
      path: location,
      verdict: found == digest ? .published : .different(found: found, published: digest))
  }
}
