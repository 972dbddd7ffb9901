// What real settings may be, as a check and in words.

/// The interval a real number must lie in.
struct NumberRange: Sendable {
  let allowed: String
  let contains: @Sendable (Double) -> Bool

  static let finite = NumberRange(allowed: "any") { _ in true }
  static let positive = NumberRange(allowed: "greater than 0") { $0 > 0 }
  static let nonnegative = NumberRange(allowed: "at least 0") { $0 >= 0 }
  static let aboveZeroToOne = NumberRange(allowed: "greater than 0, at most 1") {
    $0 > 0 && $0 <= 1
  }
  static let zeroToOne = NumberRange(allowed: "0 to 1") { $0 >= 0 && $0 <= 1 }
  static let zeroToBelowOne = NumberRange(allowed: "at least 0, less than 1") { $0 >= 0 && $0 < 1 }
}
