// Rounding to sixteen bits, bit by bit.

import Glibc
import Numerics
import Testing

@Suite struct BFloat16ViewTests {
  /// The nearest number with eight bits of precision, of two equally near ones that whose last bit is 0.
  private func naive(_ value: Float) -> Float {
    guard value.isFinite else { return value }
    let lower = Float(bitPattern: value.bitPattern & 0xffff_0000)
    let upper = Float(bitPattern: (value.bitPattern & 0xffff_0000) &+ 0x1_0000)
    let (below, above) = (
      Double(value).magnitude - Double(lower).magnitude,
      (upper.isFinite ? Double(upper).magnitude : 0x1p128) - Double(value).magnitude
    )
    if below != above { return below < above ? lower : upper }
    return lower.bitPattern & 0x1_0000 == 0 ? lower : upper
  }

  private func stored(_ values: [Float]) -> [Float] {
    let words = AlignedBuffer<UInt32>(count: values.count / 2)
    let view = BFloat16View(at: words.view.baseAddress, count: values.count)
    let source = AlignedBuffer<Float>(count: values.count)
    source.view.copy(from: values)
    view.setLanes(source.view)
    let result = AlignedBuffer<Float>(count: values.count)
    result.view.setLanes(view)
    return result.view.array
  }

  @Test func roundsToTheNearest() {
    let random = CounterRandom(seed: 2, purpose: .test)
    var values = (0..<16_000).map { random.normal($0) * exp2(Float($0 % 200) - 100) }
    let ties: [UInt32] = [
      0x3f80_8000, 0x3f81_8000, 0xbf80_8000, 0xbf81_8000, 0x3f80_7fff, 0x3f80_8001,
    ]
    values += ties.map { Float(bitPattern: $0) }
    values += [
      0, -0.0, 1, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    ]
    values += [.leastNonzeroMagnitude, .leastNormalMagnitude, -.leastNormalMagnitude]
    let found = stored(values)
    for (value, found) in zip(values, found) {
      let isFlushed = value.isSubnormal && BFloat16View.hasInstructions
      #expect(
        found.bitPattern == (isFlushed ? 0 * value : naive(value)).bitPattern, "\(value)")
    }
    for value in [Float.nan, Float(bitPattern: 0x7fff_ffff), Float(bitPattern: 0xffff_ffff)] {
      #expect(stored(Array(repeating: value, count: 16)).allSatisfy { $0.isNaN })
    }
    for (value, found) in zip(values, found) where value.isNormal && found.isFinite {
      #expect(abs(found - value) <= abs(value) * 0x1p-8)
    }
  }

  /// Every number comes back to its own place, in a slice too.
  @Test func placesOfABlock() {
    let words = AlignedBuffer<UInt32>(count: 32)
    let view = BFloat16View(at: words.view.baseAddress, count: 64)
    for block in 0..<4 {
      var lanes = SIMD16<Float>.zero
      for lane in 0..<16 { lanes[lane] = Float(block * 16 + lane) }
      view.setVector16(lanes, at: block * 16)
    }
    let slice = view.slice(32, 32)
    for lane in 0..<16 {
      #expect(slice.vector16(at: 16)[lane] == Float(48 + lane))
      #expect(view.vector16(at: 16)[lane] == Float(16 + lane))
    }
  }

  /// Pairs of exact numbers, row by row; run where the processor has the instructions.
  @Test(.enabled(if: BFloat16View.hasInstructions), arguments: [1, 5])
  func productsOfPairs(count: Int) {
    let random = CounterRandom(seed: 4, purpose: .test)
    func exact(_ place: Int) -> Float { (4 * random.normal(place)).rounded() }
    let (row, step) = (3, 25)
    let leftCount = (7 * row + (count - 1) * step + 1) * 2
    let left = AlignedBuffer<UInt32>(count: (leftCount + 31) / 32 * 16)
    let right = AlignedBuffer<UInt32>(count: 16 * count)
    let leftView = BFloat16View(at: left.view.baseAddress, count: 2 * left.view.count)
    let rightView = BFloat16View(at: right.view.baseAddress, count: 32 * count)
    func fill(_ view: BFloat16View, from place: Int) {
      for index in stride(from: 0, to: view.count, by: 32) {
        var (first, second) = (SIMD16<Float>.zero, SIMD16<Float>.zero)
        for lane in 0..<16 {
          first[lane] = exact(place + index + 2 * lane)
          second[lane] = exact(place + index + 2 * lane + 1)
        }
        view.setPairs16(first, second, at: index)
      }
    }
    fill(leftView, from: 0)
    fill(rightView, from: 10_000)
    let result = AlignedBuffer<Float>(count: 128)
    for pass in 1...2 {
      BFloat16View.multiplyEightRows(
        leftView, row: row, step: step, rightView, count: count, into: result.view,
        accumulating: pass == 2)
      for (j, lane) in (0..<8).flatMap({ j in (0..<16).map { (j, $0) } }) {
        var sum: Float = 0
        for (i, half) in (0..<count).flatMap({ i in [(i, 0), (i, 1)] }) {
          sum +=
            exact((j * row + i * step) * 2 + half) * exact(10_000 + (i * 16 + lane) * 2 + half)
        }
        #expect(result.view[j * 16 + lane] == Float(pass) * sum)
      }
    }
  }
}
