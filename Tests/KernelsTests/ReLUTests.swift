// The rectifier that is an operator of its own.

import Kernels
import NaiveReference
import Testing

@Suite struct ReLUTests {
  @Test(arguments: [1, 3, 6, 10, 32], OperatorBench.Layout.allCases)
  func equalsTheFormula(channels: Int, layout: OperatorBench.Layout) throws {
    var x = exactImages(3, channels, 5, 7, stream: 51)
    // Exactly at the kink, the gradient is zero.
    for index in stride(from: 0, to: x.values.count, by: 5) { x.values[index] = 0 }
    let g = exactImages(3, channels, 5, 7, stream: 52)
    let bench = try OperatorBench(x, layout)
    let found = try bench.run(
      ReLU(source: bench.source, context: bench.context), outputGradient: g.values)
    let y = Naive.relu(x)
    #expect(found.output == y.values)
    #expect(found.source == Naive.reluGradient(y, outputGradient: g).values)
  }
}
