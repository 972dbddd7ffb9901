// One convolution by each of its candidates.

import Kernels
import NaiveReference
import Numerics
import TestSupport
import Testing

extension ConvolutionChoice {
  static let passes: [WritableKeyPath<Self, String?> & Sendable] = [
    \.forward, \.backwardToSource, \.backwardToWeights,
  ]

  /// In the order of ``Convolution/candidates``.
  var names: [String?] { Self.passes.map { self[keyPath: $0] } }
}

/// Makes and runs the convolution of a case with its source and gradients stored as a type.
struct ConvolutionCandidates {
  private let test: ConvolutionCase
  private let type: ElementType
  private let x: NaiveImages
  private let weights: [Double]

  init(_ test: ConvolutionCase, imageCount: Int, _ type: ElementType) {
    self.test = test
    self.type = type
    x = NaiveImages(
      count: imageCount, shape: test.shape,
      values: TestData.exact(imageCount * test.shape.count, stream: 1))
    weights = TestData.exact(test.filters * test.naive.filterSize(test.shape), stream: 2)
  }

  /// All candidates that apply, with tensors of both types, against the formula.
  static func check(_ test: ConvolutionCase, imageCount: Int, rectified: Bool) throws {
    // Of images side by side a pair of vectors, one vector, and part of one.
    let imageCount = test.layout == .lanes ? 16 * imageCount + 1 : imageCount
    let cases = [ElementType.float32, .bfloat16].map {
      ConvolutionCandidates(test, imageCount: imageCount, $0)
    }
    let expected = cases[0].byFormula(rectified: rectified)
    for each in cases { try each.check(expected, rectified: rectified) }
  }

  /// For each name the candidates of that name, as many passes as have one that applies.
  func choices() throws -> [ConvolutionChoice] {
    var names: [String] = []
    for name in Convolution.candidates.flatMap(\.candidates).map(\.name)
    where !names.contains(name) { names.append(name) }
    return try names.map { name in
      var choice = ConvolutionChoice()
      for (pass, summary) in zip(ConvolutionChoice.passes, Convolution.candidates)
      where summary.candidates.contains(where: { $0.name == name }) {
        var single = ConvolutionChoice()
        single[keyPath: pass] = name
        if try ifApplicable({ try made(single) }) != nil { choice[keyPath: pass] = name }
      }
      return choice
    }.filter { $0 != ConvolutionChoice() }
  }

  /// The operator with all its passes, and its tensors.
  func made(_ choice: ConvolutionChoice, rectified: Bool = false) throws -> (
    convolution: Convolution, bench: OperatorBench
  ) {
    let bench = try OperatorBench(x, test.layout, type, isFilled: test.layout == .blocked)
    let convolution = try Convolution(
      source: bench.source, channelCount: test.channels, filterCount: test.filters,
      geometry: test.geometry, rectified: rectified, outputType: type, choice: choice,
      context: bench.context)
    convolution.weightGradients = FilterGradients(convolution.weights)
    try convolution.prepareBackward(
      outputGradient: try Tensor(convolution.output.descriptor, context: bench.context),
      sourceGradient: try Tensor(bench.source.descriptor, context: bench.context))
    return (convolution, bench)
  }

  private struct Expected {
    var output: NaiveImages
    var outputGradient: NaiveImages
    var source: [Double]
    var weights: [Double]
  }

  private func byFormula(rectified: Bool) -> Expected {
    let sum = test.naive.forward(x, weights: weights)
    let y = rectified ? Naive.relu(sum) : sum
    let g = NaiveImages(
      count: x.count, shape: y.shape, values: TestData.exact(y.values.count, stream: 3))
    let gradients = gradientsByFormula(y, outputGradient: g, rectified: rectified)
    return Expected(
      output: y, outputGradient: g, source: gradients.source, weights: gradients.weights)
  }

  private func gradientsByFormula(
    _ y: NaiveImages, outputGradient g: NaiveImages, rectified: Bool
  ) -> (source: [Double], weights: [Double]) {
    let gradients = test.naive.backward(
      x, weights: weights, outputGradient: rectified ? Naive.reluGradient(y, outputGradient: g) : g)
    return (gradients.source.values, gradients.weights)
  }

  private func check(_ expected: Expected, rectified: Bool) throws {
    for choice in try choices() {
      let (convolution, bench) = try made(choice, rectified: rectified)
      let found = try bench.run(
        convolution, weights: weights, outputGradient: expected.outputGradient.values,
        outputChannels: test.filters)
      var gradients = (source: expected.source, weights: expected.weights)
      // Winograd's algorithm may find a number for a sum that is 0: ReLU's gradient goes by that.
      if rectified,
        zip(found.output, expected.output.values).contains(where: { ($0 > 0) != ($1 > 0) })
      {
        gradients = gradientsByFormula(
          NaiveImages(count: x.count, shape: expected.output.shape, values: found.output),
          outputGradient: expected.outputGradient, rectified: true)
      }
      for (pass, found, expected, stored) in [
        (0, found.output, expected.output.values, type),
        (1, found.source, gradients.source, bench.source.elementType),
        (2, found.weights, gradients.weights, .float32),
      ] {
        compare(
          found, expected, stored: stored, name: convolution.choice.names[pass] ?? "none",
          "\(test.testDescription), \(type), \(Convolution.candidates[pass].task)")
      }
    }
  }

  private func compare(
    _ found: [Double], _ expected: [Double], stored: ElementType, name: String, _ what: String
  ) {
    let isRounded = name.hasPrefix("Winograd")
    switch (type, isRounded) {
    case (.bfloat16, true):
      // Factors have eight bits, and so have the numbers around the pass.
      expectNear(found, expected, within: 0.02, "\(name): \(what)")
    case (.float32, true): expectEqual(found, expected, within: 1e-3, "\(name): \(what)")
    case (_, false):
      expectEqual(
        found, stored == .bfloat16 ? expected.map(TestData.bfloat16) : expected, within: 0,
        "\(name): \(what)")
    }
  }
}

/// What a candidate makes, or nil where it does not apply.
func ifApplicable<Made>(_ make: () throws -> Made) throws -> Made? {
  do {
    return try make()
  } catch {
    guard (error as? KernelError)?.isUnimplemented == true else { throw error }
    return nil
  }
}

/// Every element apart by at most `bound`.
func expectEqual(
  _ found: [Double], _ expected: [Double], within bound: Double, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, "\(name)", sourceLocation: sourceLocation)
  for (index, (a, b)) in zip(found, expected).enumerated() where !(abs(a - b) <= bound) {
    Issue.record("\(name): element \(index) is \(a), not \(b)", sourceLocation: sourceLocation)
    return
  }
}

/// The distance of two vectors is small beside their length.
func expectNear(
  _ found: [Double], _ expected: [Double], within bound: Double, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  func length(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
  #expect(found.count == expected.count, "\(name)", sourceLocation: sourceLocation)
  let error = length(zip(found, expected).map { $0 - $1 }) / length(expected)
  #expect(error <= bound, "\(name)", sourceLocation: sourceLocation)
}
