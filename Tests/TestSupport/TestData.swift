// Random numbers that tests compute with.

import Numerics

/// Random test data.
public enum TestData {
  /// Multiples of 1/256 in [-1, 1]. Products of two of them are multiples of 2^-16, so sums that stay
  /// below 256 are exact in single precision whatever their order: fast code must give the very
  /// numbers of naive code.
  public static func exact(_ count: Int, stream: Int) -> [Double] {
    let random = CounterRandom(seed: 256, purpose: .test, major: stream)
    return (0..<count).map { Double(random.integer($0, below: 513) - 256) / 256 }
  }

  /// Whole numbers from -largest to largest, times `unit`.
  public static func whole(_ count: Int, largest: Int, unit: Double, stream: Int) -> [Double] {
    let random = CounterRandom(seed: 128, purpose: .test, major: stream)
    return (0..<count).map { unit * Double(random.integer($0, below: 2 * largest + 1) - largest) }
  }

  /// Normal, with this standard deviation, rounded to single precision.
  public static func normal(_ count: Int, deviation: Double, stream: Int) -> [Double] {
    let random = CounterRandom(seed: 512, purpose: .test, major: stream)
    return (0..<count).map { Double(Float(deviation * Double(random.normal($0)))) }
  }

  /// The nearest number that bfloat16 holds, ties to even.
  public static func bfloat16(_ value: Double) -> Double {
    let bits = Float(value).bitPattern
    return Double(Float(bitPattern: (bits &+ 0x7fff &+ (bits &>> 16) & 1) & 0xffff_0000))
  }
}
