// Convolutions as a network has them: precision, bfloat16, slices of images.

import Kernels
import NaiveReference
import Numerics
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  /// Numbers of all magnitudes: the error is that of single precision, not of less, Winograd's algorithm
  /// included.
  @Test(arguments: [(16, 5), (32, 3)])
  func precisionIsSingle(filters: Int, size: Int) throws {
    let shape = ImageShape(channels: 32, height: 14, width: 14)
    let x = NaiveImages(
      count: 2, shape: shape, values: TestData.normal(2 * shape.count, deviation: 1, stream: 4))
    let naive = Naive.Convolution(filters: filters, size: size, stride: 1, same: true)
    let weights = TestData.normal(
      filters * (32 * size * size + 1), deviation: 1, stream: 5)
    let g = NaiveImages(
      count: 2, shape: naive.output(shape),
      values: TestData.normal(2 * filters * 196, deviation: 1, stream: 6))
    let bench = try OperatorBench(x, .blocked)
    let found = try bench.run(
      Convolution(
        source: bench.source, filterCount: filters,
        geometry: ConvolutionGeometry(sameKernel: size, stride: 1, height: 14, width: 14),
        rectified: false, context: bench.context),
      weights: weights, outputGradient: g.values)
    let gradients = naive.backward(x, weights: weights, outputGradient: g)
    // Sums of up to 800 products of variance 1, of a size of 28; rounding to bfloat16 would cost more than 0.05.
    expectClose(found.output, naive.forward(x, weights: weights).values, within: 1e-3)
    expectClose(found.weights, gradients.weights, within: 2e-3)
    expectClose(found.source, gradients.source.values, within: 1e-3)
  }

  /// Tensors in bfloat16: errors of the size that rounding to eight bits has, in the gradients that of Winograd's algorithm
  /// besides, whichever pass multiplies what; with the processor's instructions for it if it has them.
  @Test(arguments: [
    // channels, filters, kernel, stride, same
    (16, 16, 3, 1, true), (32, 48, 3, 1, false), (16, 32, 5, 1, true), (5, 16, 3, 1, true),
    (16, 32, 3, 2, true), (32, 16, 1, 1, true),
  ])
  func bfloat16(channels: Int, filters: Int, size: Int, stride: Int, same: Bool) throws {
    let shape = ImageShape(channels: channels, height: 9, width: 11)
    let x = NaiveImages(
      count: 3, shape: shape, values: TestData.normal(3 * shape.count, deviation: 1, stream: 10))
    let naive = Naive.Convolution(filters: filters, size: size, stride: stride, same: same)
    let weights = TestData.normal(filters * naive.filterSize(shape), deviation: 1, stream: 11)
    let y = naive.forward(x, weights: weights)
    let g = NaiveImages(
      count: 3, shape: y.shape,
      values: TestData.normal(3 * y.shape.count, deviation: 1, stream: 12))
    let expected = naive.backward(x, weights: weights, outputGradient: g)

    let bench = try OperatorBench(x, .blocked, .bfloat16, isFilled: true)
    let convolution = try Convolution(
      source: bench.source, channelCount: channels, filterCount: filters,
      geometry: same
        ? ConvolutionGeometry(sameKernel: size, stride: stride, height: 9, width: 11)
        : ConvolutionGeometry(validKernel: size, stride: stride),
      rectified: false, outputType: .bfloat16, context: bench.context)
    let found = try bench.run(convolution, weights: weights, outputGradient: g.values)
    for (found, expected, bound) in [
      (found.output, y.values, 0.005), (found.weights, expected.weights, 0.02),
      (found.source, expected.source.values, 0.02),
    ] {
      #expect(found.count == expected.count)
      let error = distance(found, expected) / distance(expected, expected.map { _ in 0 })
      #expect(error > 1e-4 && error <= bound, "\(error)")
    }
    #expect(convolution.implementations.count == 3)
    for name in convolution.implementations {
      #expect(name.contains("bf16") == BFloat16View.hasInstructions, "\(name)")
    }
  }

  private func distance(_ x: [Double], _ y: [Double]) -> Double {
    zip(x, y).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
  }

  /// The gradient of several slices of images is their sum, and a new pass begins a new sum.
  @Test func slicesAddUp() throws {
    let x = exactImages(2, 3, 6, 6, stream: 7)
    let naive = Naive.Convolution(filters: 5, size: 3, stride: 1, same: false)
    let weights = TestData.exact(5 * 28, stream: 8)
    let g = exactImages(2, 5, 4, 4, stream: 9)
    let bench = try OperatorBench(x, .plain)
    let convolution = try Convolution(
      source: bench.source, filterCount: 5,
      geometry: ConvolutionGeometry(validKernel: 3, stride: 1), rectified: false,
      context: bench.context)
    _ = try bench.run(
      convolution, weights: weights, outputGradient: g.values, outputChannels: 5)
    let expected = naive.backward(x, weights: weights, outputGradient: g).weights
    let flat = SharedBuffer<Float>(count: weights.count)
    for slices in 1...3 {
      for slice in 0..<slices {
        convolution.backward()
        convolution.weightGradients?.collect(isFirst: slice == 0)
      }
      convolution.weightGradients?.store(flat.view)
      #expect(flat.view.doubles == expected.map { Double(slices) * $0 })
    }
  }
}

func exactImages(_ count: Int, _ channels: Int, _ height: Int, _ width: Int, stream: Int)
  -> NaiveImages
{
  let shape = ImageShape(channels: channels, height: height, width: width)
  return NaiveImages(
    count: count, shape: shape, values: TestData.exact(count * shape.count, stream: stream))
}

func expectClose(
  _ found: [Double], _ expected: [Double], within bound: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, sourceLocation: sourceLocation)
  var (worst, place) = (0.0, 0)
  for (index, (a, b)) in zip(found, expected).enumerated() where !(abs(a - b) <= worst) {
    (worst, place) = (abs(a - b), index)
  }
  #expect(
    worst <= bound, "element \(place): \(found[place]), not \(expected[place])",
    sourceLocation: sourceLocation)
}
