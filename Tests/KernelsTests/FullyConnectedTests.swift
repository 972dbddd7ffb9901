// Fully connected layers against the formula.

import Kernels
import NaiveReference
import Numerics
import TestSupport
import Testing

@Suite struct FullyConnectedTests {
  @Test(arguments: [1, 3, 6, 10, 32], [OperatorBench.Layout.plain, .blocked])
  func equalsTheFormula(channels: Int, layout: OperatorBench.Layout) throws {
    for (outputs, rectified) in [(1, false), (8, true), (10, false), (17, true)] {
      let x = exactImages(5, channels, 3, 7, stream: 21)
      let naive = Naive.Convolution(fullyConnected: outputs, on: x.shape)
      let weights = TestData.exact(outputs * naive.filterSize(x.shape), stream: 22)
      let sum = naive.forward(x, weights: weights)
      let y = rectified ? Naive.relu(sum) : sum
      let g = exactImages(5, outputs, 1, 1, stream: 23)
      let expected = naive.backward(
        x, weights: weights,
        outputGradient: rectified ? Naive.reluGradient(y, outputGradient: g) : g)
      let bench = try OperatorBench(x, layout)
      let found = try bench.run(
        FullyConnected(
          source: bench.source, outputCount: outputs, rectified: rectified, context: bench.context),
        weights: weights, outputGradient: g.values)
      #expect(found.output == y.values)
      #expect(found.weights == expected.weights)
      #expect(found.source == expected.source.values)
    }
  }

  /// A source without rows and columns, as behind another fully connected layer.
  @Test func vectors() throws {
    let x = exactImages(4, 19, 1, 1, stream: 24)
    let naive = Naive.Convolution(fullyConnected: 6, on: x.shape)
    let weights = TestData.exact(6 * 20, stream: 25)
    let g = exactImages(4, 6, 1, 1, stream: 26)
    let bench = try OperatorBench(x, .plain)
    let vectors = try Tensor(sharing: bench.source, as: .plain([4, 19]), context: bench.context)
    let layer = try FullyConnected(
      source: vectors, outputCount: 6, rectified: false, context: bench.context)
    layer.weightGradients = FilterGradients(layer.weights)
    let outputGradient = try Tensor(layer.output.descriptor, context: bench.context)
    let sourceGradient = try Tensor(vectors.descriptor, context: bench.context)
    try layer.prepareBackward(outputGradient: outputGradient, sourceGradient: sourceGradient)
    bench.context.allocateScratchpad()
    let flat = SharedBuffer<Float>(count: weights.count)
    flat.view.copy(from: weights)
    outputGradient.values.copy(from: g.values)
    layer.weights.load(flat.view)
    layer.forward()
    layer.backward()
    layer.weightGradients?.collect(isFirst: true)
    layer.weightGradients?.store(flat.view)
    let expected = naive.backward(x, weights: weights, outputGradient: g)
    #expect(layer.output.values.doubles == naive.forward(x, weights: weights).values)
    #expect(flat.view.doubles == expected.weights)
    #expect(sourceGradient.values.doubles == expected.source.values)
  }
}
