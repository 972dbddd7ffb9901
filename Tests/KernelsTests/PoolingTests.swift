import Kernels
import NaiveReference
import Testing

@Suite struct PoolingTests {
  @Test(arguments: [1, 3, 6, 10, 32], OperatorBench.Layout.allCases)
  func largest(channels: Int, layout: OperatorBench.Layout) throws {
    // Windows apart, side by side and overlapping; the last row and column left over.
    for (size, stride) in [(2, 2), (3, 3), (3, 2), (2, 3), (2, 1)] {
      try check(.max, channels: channels, size: size, stride: stride, layout: layout) {
        try Pooling(source: $0, kind: .max, size: size, stride: stride, context: $1)
      }
    }
  }

  @Test(arguments: [1, 3, 6, 10, 32], OperatorBench.Layout.allCases)
  func mean(channels: Int, layout: OperatorBench.Layout) throws {
    for (size, stride) in [(2, 2), (4, 4), (4, 2), (3, 2), (2, 1)] {
      try check(.average, channels: channels, size: size, stride: stride, layout: layout) {
        try Pooling(source: $0, kind: .average, size: size, stride: stride, context: $1)
      }
    }
  }

  @Test(arguments: [1, 6, 16, 35], [2, 3])
  func blockedLargest(channels: Int, size: Int) throws {
    try check(.max, channels: channels, size: size, stride: size, layout: .blocked) {
      #expect(BlockedMaxPooling.supports(source: $0.descriptor, size: size, stride: size))
      return try BlockedMaxPooling(
        source: $0, size: size, sourceIsRectified: false, context: $1)
    }
  }

  @Test func blockedSupportsOnlyItsLayoutAndDisjointWindows() {
    let shape = [2, 16, 8, 8]
    #expect(!BlockedMaxPooling.supports(source: .plain(shape), size: 2, stride: 2))
    #expect(!BlockedMaxPooling.supports(source: .blocked16(shape), size: 3, stride: 2))
    #expect(BlockedMaxPooling.supports(source: .blocked16(shape), size: 2, stride: 2))
  }

  /// With the gradient of a ReLU before the pooling folded in, and written over the source.
  @Test(arguments: [1, 6, 16, 35], [2, 3])
  func blockedBehindReLU(channels: Int, size: Int) throws {
    let before = exactImages(3, channels, 9, 11, stream: 41)
    let x = Naive.relu(before)
    let naive = Naive.Pooling(.max, size: size, stride: size)
    let y = naive.forward(x)
    let g = exactImages(3, channels, y.shape.height, y.shape.width, stream: 42)
    let expected = Naive.reluGradient(x, outputGradient: naive.backward(x, outputGradient: g))
    let bench = try OperatorBench(x, .blocked)
    let pooling = try BlockedMaxPooling(
      source: bench.source, size: size, sourceIsRectified: true, context: bench.context)
    let outputGradient = try Tensor(pooling.output.descriptor, context: bench.context)
    pooling.prepareBackward(outputGradient: outputGradient, sourceGradient: bench.source)
    pooling.forward()
    #expect(pooling.output.rowMajor == y.values)
    outputGradient.fill(rowMajor: g.values)
    pooling.backward()
    #expect(bench.source.rowMajor == expected.values)
  }

  private func check(
    _ kind: Naive.Pooling.Kind, channels: Int, size: Int, stride: Int,
    layout: OperatorBench.Layout, make: (Tensor, KernelContext) throws -> any NetworkOperator
  ) throws {
    let x = exactImages(3, channels, 9, 11, stream: 31)
    let naive = Naive.Pooling(kind, size: size, stride: stride)
    let y = naive.forward(x)
    let g = exactImages(3, channels, y.shape.height, y.shape.width, stream: 32)
    let bench = try OperatorBench(x, layout)
    let found = try bench.run(make(bench.source, bench.context), outputGradient: g.values)
    // Division by the window's size is exact only for powers of two.
    let isExact = kind == .max || size != 3
    expectClose(found.output, y.values, within: isExact ? 0 : 2e-7)
    expectClose(
      found.source, naive.backward(x, outputGradient: g).values, within: isExact ? 0 : 2e-7)
  }
}
