// Random numbers that are functions of a counter: no generator state, nothing to carry around.

import Glibc

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
///
/// Every number is a pure function of (seed, purpose, major, minor, index), so any rank can compute
/// any number, in any order, at any time.
public struct CounterRandom: Sendable {
  let key: SIMD2<UInt32>
  let major: UInt32
  let minor: UInt32

  /// The stream of one purpose; `major` and `minor` number streams within it, for example (step, sample).
  public init(seed: UInt64, purpose: RandomPurpose, major: Int = 0, minor: Int = 0) {
    let seedKey = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    let mixed = Self.philox(
      counter: SIMD4(purpose.rawValue, 0, 0, UInt32.max), key: seedKey)
    key = SIMD2(mixed.x, mixed.y)
    self.major = UInt32(truncatingIfNeeded: major)
    self.minor = UInt32(truncatingIfNeeded: minor)
  }

  /// Four independent 32-bit numbers for `index`; `attempt` numbers redraws.
  public func bits(_ index: Int, attempt: Int = 0) -> SIMD4<UInt32> {
    let counter = SIMD4(
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: attempt), major, minor)
    return Self.philox(counter: counter, key: key)
  }

  /// Overwrites `values` with numbers uniform on [low, high), elements 0, 1, 2 ... of the stream.
  public func fillUniform(_ values: FloatView, low: Float, high: Float) {
    let scale = (high - low) * 0x1p-24
    var index = 0
    while index < values.count {
      let block = bits(index / 4)
      for lane in 0..<min(4, values.count - index) {
        values[index + lane] = low + scale * Float(block[lane] >> 8)
      }
      index += 4
    }
  }

  /// Overwrites `values` with numbers of the standard normal distribution (Box-Muller).
  public func fillNormal(_ values: FloatView) {
    for index in 0..<values.count { values[index] = normal(index) }
  }

  /// Overwrites `values` with numbers of the standard normal distribution, four of each counter from `first` on: not those of
  /// ``fillNormal(_:)``, which take four times as long.
  public func fillNormalFours(_ values: FloatView, first: Int = 0) {
    var index = 0
    while index < values.count {
      let block = bits(first + index / 4)
      for pair in 0..<2 where index + 2 * pair < values.count {
        let radius = (-2 * log((Double(block[2 * pair]) + 0.5) * 0x1p-32)).squareRoot()
        let angle = 2 * Double.pi * (Double(block[2 * pair + 1]) + 0.5) * 0x1p-32
        values[index + 2 * pair] = Float(radius * cos(angle))
        if index + 2 * pair + 1 < values.count {
          values[index + 2 * pair + 1] = Float(radius * sin(angle))
        }
      }
      index += 4
    }
  }

  /// Overwrites `values` with zeros and ones, each as likely as the other, 128 of each counter from `first` on.
  public func fillBits(_ values: FloatView, first: Int = 0) {
    var index = 0
    while index < values.count {
      let block = bits(first + index / 128)
      for bit in 0..<min(128, values.count - index) {
        values[index + bit] = Float(block[bit / 32] >> UInt32(bit % 32) & 1)
      }
      index += 128
    }
  }

  /// Overwrites `values` with numbers of the standard normal distribution cut off at +-2
  /// (redrawn outside). Their standard deviation is 0.87962566.
  public func fillTruncatedNormal(_ values: FloatView) {
    for index in 0..<values.count {
      var attempt = 0
      var value = normal(index)
      while abs(value) > 2 {
        attempt += 1
        value = normal(index, attempt: attempt)
      }
      values[index] = value
    }
  }

  /// A number uniform on [0, 1).
  public func uniform(_ index: Int) -> Float { Float(bits(index).x >> 8) * 0x1p-24 }

  /// A number of the standard normal distribution.
  public func normal(_ index: Int, attempt: Int = 0) -> Float {
    let block = bits(index, attempt: attempt)
    let radius = (-2 * log((Double(block.x) + 0.5) * 0x1p-32)).squareRoot()
    return Float(radius * cos(2 * Double.pi * (Double(block.y) + 0.5) * 0x1p-32))
  }

  /// A whole number uniform on 0..<bound; `index` numbers the draws.
  public func integer(_ index: Int, below bound: Int) -> Int {
    let block = bits(index)
    let wide = UInt64(block.x) << 32 | UInt64(block.y)
    return Int(wide.multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A uniformly random order of 0..<count (Fisher-Yates), overwriting `order`.
  public func fillPermutation(_ order: VectorView<Int32>) {
    for index in 0..<order.count { order[index] = Int32(index) }
    var last = order.count - 1
    while last > 0 {
      let other = integer(last, below: last + 1)
      let held = order[last]
      order[last] = order[other]
      order[other] = held
      last -= 1
    }
  }

  /// The numbers 0 ..< count in the order that ``fillPermutation(_:)`` gives them.
  public func permutation(of count: Int) -> [Int] {
    let order = SharedBuffer<Int32>(count: count)
    fillPermutation(order.view)
    return order.view.array.map(Int.init)
  }

  package static func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var x = counter
    var k = key
    for _ in 0..<10 {
      let product0 = UInt64(x.x) * 0xD251_1F53
      let product1 = UInt64(x.z) * 0xCD9E_8D57
      x = SIMD4(
        UInt32(truncatingIfNeeded: product1 >> 32) ^ x.y ^ k.x,
        UInt32(truncatingIfNeeded: product1),
        UInt32(truncatingIfNeeded: product0 >> 32) ^ x.w ^ k.y,
        UInt32(truncatingIfNeeded: product0))
      k = SIMD2(k.x &+ 0x9E37_79B9, k.y &+ 0xBB67_AE85)
    }
    return x
  }
}
