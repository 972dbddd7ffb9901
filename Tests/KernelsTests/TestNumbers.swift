// Repeatable numbers, and tensors filled from and read as row-major lists.

import Kernels
import Numerics

/// A small generator (SplitMix64): the tests' inputs must not depend on the code under test.
struct TestNumbers {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  /// In [-1, 1), exact as a Float.
  mutating func next() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    mixed ^= mixed >> 31
    return Double(Float(Double(mixed >> 40) / Double(1 << 23) - 1))
  }

  mutating func list(_ count: Int) -> [Double] { (0..<count).map { _ in next() } }
}

extension Tensor {
  /// Zeros in the channels behind `channels`, if the numbers are of those alone.
  func fill(rowMajor numbers: [Double], channels: Int? = nil) {
    let laidOut = AlignedBuffer<Float>(count: elementCount)
    for (number, place) in zip(numbers, places(channels)) { laidOut.view[place] = Float(number) }
    switch elementType {
    case .float32: values.copy(from: laidOut.view)
    case .bfloat16: lanes(BFloat16View.self).setLanes(laidOut.view)
    }
  }

  var rowMajor: [Double] { rowMajor() }

  /// Those of the first `channels`, or of all.
  func rowMajor(channels: Int? = nil) -> [Double] {
    let laidOut = AlignedBuffer<Float>(count: elementCount)
    switch elementType {
    case .float32: laidOut.view.copy(from: values)
    case .bfloat16: laidOut.view.setLanes(lanes(BFloat16View.self))
    }
    return places(channels).map { Double(laidOut.view[$0]) }
  }

  /// Where elements lie, in row-major order. Layouts move by the same steps along an axis wherever the others are.
  private func places(_ channels: Int?) -> [Int] {
    let counts = [shape[0], channels ?? shape[1]] + shape.dropFirst(2)
    let first = descriptor.position(of: counts.map { _ in 0 })
    return counts.indices.reduce([first]) { places, axis in
      let steps = (0..<counts[axis]).map { index in
        descriptor.position(of: counts.indices.map { $0 == axis ? index : 0 }) - first
      }
      return places.flatMap { place in steps.map { place + $0 } }
    }
  }

  /// Padding included.
  private var elementCount: Int {
    elementType == .bfloat16 ? lanes(BFloat16View.self).count : values.count
  }
}

/// Largest excess of |fast - exact| over `relative` * magnitude + 1e-7; not positive where all is well,
/// NaN if anything is.
func excess(_ fast: [Double], _ exact: [Double], magnitude: [Double], relative: Double = 2e-6)
  -> Double
{
  guard fast.count == exact.count else { return .nan }
  var worst = -Double.infinity
  for index in fast.indices {
    let error = abs(fast[index] - exact[index]) - relative * magnitude[index] - 1e-7
    if error.isNaN { return .nan }
    worst = max(worst, error)
  }
  return worst
}
