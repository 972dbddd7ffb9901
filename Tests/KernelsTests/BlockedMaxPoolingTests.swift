// Pooling by hand in the place where a network has it.

import Kernels
import NaiveReference
import Testing

@Suite struct BlockedMaxPoolingTests {
  /// With the gradient of a ReLU before the pooling folded in, and written over the source.
  @Test(arguments: [1, 6, 16, 35], [2, 3])
  func behindReLU(channels: Int, size: Int) throws {
    for layout in [OperatorBench.Layout.blocked, .lanes] {
      try check(layout, channels: channels, size: size)
    }
  }

  private func check(_ layout: OperatorBench.Layout, channels: Int, size: Int) throws {
    let before = exactImages(3, channels, 9, 11, stream: 41)
    let x = Naive.relu(before)
    let naive = Naive.Pooling(.max, size: size, stride: size)
    let y = naive.forward(x)
    let g = exactImages(3, channels, y.shape.height, y.shape.width, stream: 42)
    let expected = Naive.reluGradient(x, outputGradient: naive.backward(x, outputGradient: g))
    let bench = try OperatorBench(x, layout)
    let pooling = try Pooling(
      source: bench.source, kind: .max, window: [size, size], stride: [size, size],
      sourceIsRectified: true, context: bench.context
    ).make(by: "by hand")
    #expect(pooling.replacesSource)
    let outputGradient = try Tensor(pooling.output.descriptor, context: bench.context)
    try pooling.prepareBackward(outputGradient: outputGradient, sourceGradient: bench.source)
    pooling.forward()
    #expect(pooling.output.rowMajor == y.values)
    outputGradient.fill(rowMajor: g.values)
    pooling.backward()
    #expect(bench.source.rowMajor == expected.values)
  }
}
