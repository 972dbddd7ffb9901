import Kernels
import NaiveReference
import Numerics
import TestSupport
import Testing

/// On numbers whose sums are exact, so every element must be equal; Winograd's algorithm alone has factors
/// such as 1/6, and rounds.
@Suite struct ConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var channels: Int
    var filters: Int
    var size: Int
    var stride: Int
    var same: Bool
    var layout = OperatorBench.Layout.plain
    var testDescription: String {
      "\(channels) to \(filters), \(size)x\(size), stride \(stride), "
        + "\(same ? "same" : "valid"), \(layout)"
    }
  }

  static let cases: [Case] = {
    var cases: [Case] = []
    for channels in [1, 3, 6, 10, 32] {
      // Filters to fill blocks of sixteen, parts of them, or just one.
      let filters = channels == 1 ? 32 : channels == 32 ? 16 : 7
      for (size, stride) in [(5, 1), (3, 1), (3, 2), (1, 1), (2, 2)] {
        for same in [true, false] {
          cases.append(
            Case(channels: channels, filters: filters, size: size, stride: stride, same: same))
          cases.append(
            Case(
              channels: channels, filters: channels == 10 ? 1 : 16, size: size, stride: stride,
              same: same, layout: .blocked))
        }
      }
    }
    return cases
  }()

  @Test(arguments: cases, [false, true])
  func equalsTheFormula(_ test: Case, rectified: Bool) throws {
    let x = exactImages(3, test.channels, 9, 11, stream: 1)
    let naive = Naive.Convolution(
      filters: test.filters, size: test.size, stride: test.stride, same: test.same)
    let weights = TestData.exact(test.filters * naive.filterSize(x.shape), stream: 2)
    let sum = naive.forward(x, weights: weights)
    let y = rectified ? Naive.relu(sum) : sum
    let g = exactImages(3, test.filters, y.shape.height, y.shape.width, stream: 3)
    let expected = naive.backward(
      x, weights: weights, outputGradient: rectified ? Naive.reluGradient(y, outputGradient: g) : g)

    let bench = try OperatorBench(x, test.layout)
    let geometry =
      test.same
      ? ConvolutionGeometry(sameKernel: test.size, stride: test.stride, height: 9, width: 11)
      : ConvolutionGeometry(validKernel: test.size, stride: test.stride)
    let found = try bench.run(
      Convolution(
        source: bench.source, filterCount: test.filters, geometry: geometry, rectified: rectified,
        context: bench.context),
      weights: weights, outputGradient: g.values)
    if test.layout == .blocked && test.size > 2 && test.stride == 1 {
      expectClose(found.output, y.values, within: 1e-3)
      expectClose(found.weights, expected.weights, within: 1e-3)
      expectClose(found.source, expected.source.values, within: 1e-3)
    } else {
      #expect(found.output == y.values)
      #expect(found.weights == expected.weights)
      #expect(found.source == expected.source.values)
    }
  }

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

    let filled = (channels + 15) / 16 * 16
    let zeros = Array(repeating: 0.0, count: (filled - channels) * 99)
    let padded = NaiveImages(
      count: 3, shape: ImageShape(channels: filled, height: 9, width: 11),
      values: (0..<3).flatMap { x.values[$0 * shape.count..<($0 + 1) * shape.count] + zeros })
    let bench = try OperatorBench(padded, .blocked, .bfloat16)
    let convolution = try Convolution(
      source: bench.source, channelCount: channels, filterCount: filters,
      geometry: same
        ? ConvolutionGeometry(sameKernel: size, stride: stride, height: 9, width: 11)
        : ConvolutionGeometry(validKernel: size, stride: stride),
      rectified: false, outputType: .bfloat16, context: bench.context)
    let found = try bench.run(convolution, weights: weights, outputGradient: g.values)
    let sourceGradient = (0..<3).flatMap { image in
      found.source[image * filled * 99..<image * filled * 99 + shape.count]
    }
    for (found, expected, bound) in [
      (found.output, y.values, 0.005), (found.weights, expected.weights, 0.02),
      (sourceGradient, expected.source.values, 0.02),
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
    _ = try bench.run(convolution, weights: weights, outputGradient: g.values)
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

  @Test(arguments: [
    // length, kernel, stride, before, behind: TensorFlow's own numbers.
    (28, 5, 1, 2, 2), (28, 5, 2, 1, 2), (7, 3, 2, 1, 1), (6, 3, 2, 0, 1), (5, 2, 1, 0, 1),
    (5, 1, 2, 0, 0), (4, 2, 4, 0, 0), (3, 7, 2, 3, 3),
  ])
  func samePadding(length: Int, kernel: Int, stride: Int, before: Int, behind: Int) {
    let geometry = ConvolutionGeometry(
      sameKernel: kernel, stride: stride, height: length, width: 3 * stride)
    #expect(geometry.paddingBefore[0] == before)
    #expect(geometry.paddingBehind[0] == behind)
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
