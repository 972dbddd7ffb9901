// Philox against its authors' numbers.

import Numerics
import Testing

@Suite struct CounterRandomTests {
  /// Known answers of Random123's kat_vectors for philox4x32, 10 rounds.
  @Test func philoxKnownAnswers() {
    #expect(
      CounterRandom.philox(counter: SIMD4(0, 0, 0, 0), key: SIMD2(0, 0))
        == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      CounterRandom.philox(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
        == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
  }

  /// Mean 0, variance 1, fourth moment 3; neighbours do not depend on each other. What a number is does not depend on how many there are.
  @Test func foursAreNormal() {
    let random = CounterRandom(seed: 1, purpose: .test)
    let (numbers, fewer) = (SharedBuffer<Float>(count: 40_001), SharedBuffer<Float>(count: 7))
    random.fillNormalFours(numbers.view)
    random.fillNormalFours(fewer.view, first: 2)
    #expect(fewer.view.array == numbers.view.slice(8, 7).array)
    let count = Double(numbers.view.count)
    func mean(_ power: (Double) -> Double) -> Double {
      numbers.view.array.reduce(0) { $0 + power(Double($1)) } / count
    }
    #expect(abs(mean { $0 }) <= 0.02)
    #expect(abs(mean { $0 * $0 } - 1) <= 0.03)
    #expect(abs(mean { $0 * $0 * $0 * $0 } - 3) <= 0.25)
    for apart in 1...4 {
      let product = VectorMath.dot(
        numbers.view.slice(0, 39_000), numbers.view.slice(apart, 39_000))
      #expect(abs(product / 39_000) <= 0.02, "\(apart)")
    }
  }

  @Test func bitsAreFair() {
    let random = CounterRandom(seed: 1, purpose: .test)
    let (bits, later) = (SharedBuffer<Float>(count: 12_810), SharedBuffer<Float>(count: 100))
    random.fillBits(bits.view)
    random.fillBits(later.view, first: 3)
    #expect(later.view.array == bits.view.slice(384, 100).array)
    #expect(Set(bits.view.array) == [0, 1])
    #expect(abs(bits.view.array.reduce(0, +) / 12_810 - 0.5) <= 0.02)
    for apart in [1, 32, 128] {
      let both = VectorMath.dot(bits.view.slice(0, 12_600), bits.view.slice(apart, 12_600))
      #expect(abs(both / 12_600 - 0.25) <= 0.02, "\(apart)")
    }
  }
}
