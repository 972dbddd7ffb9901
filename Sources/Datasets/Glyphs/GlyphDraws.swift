// Randomness for drawing, in the order in which it is asked for.

import Numerics

/// Numbers drawn one after the other from one stream.
struct GlyphDraws {
  private let random: CounterRandom
  private var block = SIMD4<UInt32>()
  private var next = 0

  init(_ random: CounterRandom) { self.random = random }

  /// The next 32 random bits.
  mutating func bits() -> UInt32 {
    if next & 3 == 0 { block = random.bits(next >> 2) }
    defer { next += 1 }
    return block[next & 3]
  }

  /// Uniform on [low, high).
  mutating func uniform(_ low: Float, _ high: Float) -> Float {
    low + (high - low) * (Float(bits() >> 8) * 0x1p-24)
  }

  /// A whole number, uniform on 0 ..< bound.
  mutating func integer(below bound: Int) -> Int { Int((UInt64(bits()) * UInt64(bound)) >> 32) }

  /// Bell-shaped (the sum of two uniform numbers) between -reach and reach.
  mutating func around(_ reach: Float) -> Float {
    let word = bits()
    return (Float(word >> 16) + Float(word & 0xFFFF) - 65_535) * (reach * 0x1p-16)
  }
}
