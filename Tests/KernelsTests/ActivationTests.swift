// Leaky ReLU and tanh against Double, in all layouts and both types of numbers.

import Kernels
import NaiveReference
import Numerics
import TestSupport
import Testing

@Suite struct ActivationTests {
  @Test(arguments: [1, 3, 6, 10, 32], OperatorBench.Layout.allCases)
  func leakyReLUEqualsTheFormula(channels: Int, layout: OperatorBench.Layout) throws {
    var x = exactImages(3, channels, 5, 7, stream: 61)
    // Exactly at the kink, the gradient is that of numbers below.
    for index in stride(from: 0, to: x.values.count, by: 5) { x.values[index] = 0 }
    let g = exactImages(3, channels, 5, 7, stream: 62)
    for slope: Float in [0, 0.25, 1] {
      let bench = try OperatorBench(x, layout)
      let made = try Activation(
        .leakyReLU(slope: slope), source: bench.source, context: bench.context)
      let found = try bench.run(made, outputGradient: g.values)
      let y = Naive.leakyReLU(x, slope: Double(slope))
      #expect(found.output == y.values)
      #expect(
        found.source == Naive.leakyReLUGradient(y, slope: Double(slope), outputGradient: g).values)
    }
  }

  @Test(arguments: [1, 3, 10, 32], OperatorBench.Layout.allCases)
  func tanhIsCloseToTheFormula(channels: Int, layout: OperatorBench.Layout) throws {
    var x = images(channels, stream: 63)
    let special = [0, -0.0, 1e-30, -1e-20, 1e-4, 7.9, -7.9, 8.1, -8.1, 50, -50, 1e30, -1e30]
    for (place, value) in special.enumerated() where place * 7 < x.values.count {
      x.values[place * 7] = Double(Float(value))
    }
    try check(x, layout, .float32, bound: 5e-7)
  }

  @Test func tanhOfBFloat16() throws {
    var x = images(32, stream: 64)
    x.values = x.values.map(TestData.bfloat16)
    try check(x, .blocked, .bfloat16, bound: 0x1p-8)
  }

  private func images(_ channels: Int, stream: Int) -> NaiveImages {
    let shape = ImageShape(channels: channels, height: 5, width: 7)
    return NaiveImages(
      count: 3, shape: shape, values: TestData.normal(3 * shape.count, deviation: 2, stream: stream)
    )
  }

  private func check(
    _ x: NaiveImages, _ layout: OperatorBench.Layout, _ type: ElementType, bound: Double
  ) throws {
    var g = images(x.shape.channels, stream: 65)
    if type == .bfloat16 { g.values = g.values.map(TestData.bfloat16) }
    let bench = try OperatorBench(x, layout, type)
    let made = try Activation(.tanh, source: bench.source, context: bench.context)
    let found = try bench.run(made, outputGradient: g.values)
    let y = Naive.tanh(x)
    let slopes = Naive.tanhGradient(y, outputGradient: g)
    for index in x.values.indices {
      #expect(
        abs(found.output[index] - y.values[index]) <= bound * abs(y.values[index]),
        "tanh \(x.values[index]) is \(found.output[index])")
      // 1 - y^2 of the rounded y.
      #expect(
        abs(found.source[index] - slopes.values[index]) <= 3 * bound * abs(g.values[index]),
        "tanh' at \(x.values[index])")
    }
  }

  @Test func numbersThatAreNoneStay() throws {
    let context = try KernelContext()
    let source = try Tensor(.plain([1, 4]), context: context)
    let activation = try Activation(.tanh, source: source, context: context)
    source.values.copy(from: [.nan, .infinity, -.infinity, 0] as [Float])
    activation.forward()
    let found = activation.output.values.array
    #expect(found[0].isNaN && abs(found[1] - 1) < 1e-6 && abs(found[2] + 1) < 1e-6 && found[3] == 0)
  }
}
