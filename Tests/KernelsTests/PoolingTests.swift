import Kernels
import TensorCore
import Testing

/// Pooling in Double on row-major lists.
private struct NaivePooling {
  var shape: [Int]
  var size: Int
  var stride: Int
  var isMax: Bool

  var outputShape: [Int] {
    [shape[0], shape[1], (shape[2] - size) / stride + 1, (shape[3] - size) / stride + 1]
  }

  /// Places in the source of each output's window.
  var windows: [[Int]] {
    indices(of: outputShape).map { index in
      indices(of: [size, size]).map { offset in
        ((index[0] * shape[1] + index[1]) * shape[2] + index[2] * stride + offset[0]) * shape[3]
          + index[3] * stride + offset[1]
      }
    }
  }

  func forward(_ x: [Double]) -> [Double] {
    windows.map { window in
      let values = window.map { x[$0] }
      return isMax ? values.max()! : values.reduce(0, +) / Double(values.count)
    }
  }

  /// `floor`: a window whose maximum does not exceed it passes nothing on.
  func gradient(_ x: [Double], _ outputGradient: [Double], floor: Double = -.infinity) -> [Double] {
    var gradient = [Double](repeating: 0, count: x.count)
    for (window, value) in zip(windows, outputGradient) {
      if isMax {
        let best = window.first { place in window.allSatisfy { x[$0] <= x[place] } }!
        if x[best] > floor { gradient[best] += value }
      } else {
        for place in window { gradient[place] += value / Double(window.count) }
      }
    }
    return gradient
  }
}

@Suite struct PoolingTests {
  struct Case: Sendable {
    var shape: [Int]
    var size: Int
    var stride: Int
    var isBlocked: Bool
  }

  static let cases = [
    Case(shape: [2, 32, 8, 6], size: 2, stride: 2, isBlocked: true),
    Case(shape: [3, 10, 7, 9], size: 2, stride: 2, isBlocked: true),
    Case(shape: [2, 6, 8, 10], size: 3, stride: 3, isBlocked: true),
    Case(shape: [2, 16, 9, 8], size: 3, stride: 2, isBlocked: true),
    Case(shape: [2, 3, 7, 5], size: 2, stride: 1, isBlocked: false),
    Case(shape: [2, 1, 8, 8], size: 2, stride: 2, isBlocked: false),
    Case(shape: [1, 20, 7, 7], size: 7, stride: 7, isBlocked: true),
  ]

  @Test(arguments: cases, [Pooling.Kind.max, .average])
  func agreesWithDouble(_ sample: Case, _ kind: Pooling.Kind) throws {
    let context = try KernelContext()
    let naive = NaivePooling(
      shape: sample.shape, size: sample.size, stride: sample.stride, isMax: kind == .max)
    let source = try Tensor(
      sample.isBlocked ? .blocked16(sample.shape) : .plain(sample.shape), context: context)
    let fast = try Pooling(
      source: source, kind: kind, size: sample.size, stride: sample.stride, context: context)
    #expect(fast.output.shape == naive.outputShape)
    try check(fast, naive, source, try Tensor(source.descriptor, context: context), context)
  }

  @Test(arguments: cases.filter { $0.size == $0.stride && $0.isBlocked }, [false, true])
  func blockedAgreesWithDouble(_ sample: Case, isRectified: Bool) throws {
    let naive = NaivePooling(
      shape: sample.shape, size: sample.size, stride: sample.stride, isMax: true)
    for isInPlace in [false, true] {
      let context = try KernelContext()
      let source = try Tensor(.blocked16(sample.shape), context: context)
      let fast = try BlockedMaxPooling(
        source: source, size: sample.size, sourceIsRectified: isRectified, context: context)
      let sourceGradient =
        isInPlace ? source : try Tensor(source.descriptor, context: context)
      try check(fast, naive, source, sourceGradient, context, isRectified: isRectified)
    }
  }

  private func check(
    _ fast: any NetworkOperator, _ naive: NaivePooling, _ source: Tensor, _ sourceGradient: Tensor,
    _ context: KernelContext, isRectified: Bool = false
  ) throws {
    let outputGradient = try Tensor(fast.output.descriptor, context: context)
    try fast.prepareBackward(outputGradient: outputGradient, sourceGradient: sourceGradient)
    try context.allocateScratchpad()
    var numbers = TestNumbers(seed: 3)
    for _ in 0..<2 {
      var x = numbers.list(naive.shape.reduce(1, *))
      // Shifted down, so that whole windows are clipped to equal zeros.
      if isRectified { x = x.map { max(0, $0 - 0.6) } }
      source.fill(rowMajor: x)
      fast.forward()
      let exact = naive.forward(x)
      let one = [Double](repeating: 1, count: max(x.count, exact.count))
      #expect(excess(fast.output.rowMajor, exact, magnitude: one) <= 0)
      let gradient = numbers.list(exact.count)
      outputGradient.fill(rowMajor: gradient)
      fast.backward()
      #expect(
        excess(
          sourceGradient.rowMajor,
          naive.gradient(x, gradient, floor: isRectified ? 0 : -.infinity), magnitude: one) <= 0)
    }
  }
}
