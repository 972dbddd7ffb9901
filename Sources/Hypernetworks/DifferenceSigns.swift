// Signs of two weight vectors' differences, two bits each.

import CInstructions
import Numerics

/// What the gradient of an l1 distance is made of but for its coefficient: sixteen signs in each word of 32 bits. Words lie in memory of `Float`.
enum DifferenceSigns {
  /// Words for the signs of `count` differences.
  static func wordCount(_ count: Int) -> Int { (count + 15) / 16 }

  /// Overwrites `words` with the signs of a - b. Cost: a byte written for each 32 read.
  static func pack(_ a: FloatView, _ b: FloatView, into words: FloatView) {
    precondition(
      a.count == b.count && words.count == wordCount(a.count),
      "DifferenceSigns: \(words.count) words of \(a.count) and \(b.count) weights")
    hyperdist_pack_signs(a.baseAddress, b.baseAddress, a.count, words.baseAddress)
  }

  /// target = c * sign(a - b), or += where `accumulate`: bit by bit what ``DistanceKernels/gradient(_:_:times:metric:into:accumulate:)`` makes of a and b.
  /// Of b and a it is -c * sign(a - b).
  static func expand(_ words: FloatView, times c: Float, into target: FloatView, accumulate: Bool) {
    precondition(
      words.count == wordCount(target.count),
      "DifferenceSigns: \(words.count) words for \(target.count) weights")
    hyperdist_expand_signs(
      words.baseAddress, target.count, c, target.baseAddress, accumulate ? 1 : 0)
  }
}
