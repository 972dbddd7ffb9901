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

/// All index tuples of a shape, in row-major order.
func indices(of shape: [Int]) -> [[Int]] {
  shape.reduce([[]]) { tuples, length in
    tuples.flatMap { tuple in (0..<length).map { tuple + [$0] } }
  }
}

extension Tensor {
  func fill(rowMajor numbers: [Double]) {
    let laidOut = AlignedBuffer<Float>(count: elementCount)
    for (number, index) in zip(numbers, indices(of: shape)) {
      laidOut.view[descriptor.position(of: index)] = Float(number)
    }
    switch elementType {
    case .float32: values.copy(from: laidOut.view)
    case .bfloat16: lanes(BFloat16View.self).setLanes(laidOut.view)
    }
  }

  var rowMajor: [Double] {
    let laidOut = AlignedBuffer<Float>(count: elementCount)
    switch elementType {
    case .float32: laidOut.view.copy(from: values)
    case .bfloat16: laidOut.view.setLanes(lanes(BFloat16View.self))
    }
    return indices(of: shape).map { Double(laidOut.view[descriptor.position(of: $0)]) }
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
