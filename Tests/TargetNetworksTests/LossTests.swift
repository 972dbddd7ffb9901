// Losses of numbers against PyTorch, their formulas and their differences.

import Glibc
import Host
import Numerics
import TargetNetworks
import TestSupport
import Testing

@Suite struct LossTests {
  private static let images = 7
  private static let targets = 3

  static let losses: [Loss] = [
    .squaredError, .huber(threshold: 0.75), .gaussian(.fixed(deviation: 0.5)), .gaussian(.output),
    .gaussian(.learned),
  ]

  private struct Found {
    let sum: Double
    let gradient: [Double]
  }

  private func evaluate(_ loss: Loss, _ outputs: [Double], _ values: [Double], scale: Float = 1)
    -> Found
  {
    let width = loss.outputCount(targets: Self.targets)
    let given = SharedBuffer<Float>(count: outputs.count)
    given.view.copy(from: outputs)
    let numbers = SharedBuffer<Float>(count: values.count)
    numbers.view.copy(from: values)
    let gradient = SharedBuffer<Float>(count: outputs.count)
    gradient.view.fill(.nan)
    let result = loss.evaluate(
      given.view, width: width, answers: .numbers(numbers.view, targets: Self.targets),
      scale: scale, gradient: gradient.view)
    return Found(sum: result.lossSum, gradient: gradient.view.doubles)
  }

  private func golden(_ loss: Loss) -> (outputs: [Double], values: [Double]) {
    let count = Self.images * Self.targets
    func signed(_ tensor: Int) -> [Double] {
      (0..<count).map { Double(GoldenNumbers.signed(tensor: tensor, index: $0)) }
    }
    let (f, s) = (signed(201).map { 2 * $0 }, signed(203))
    let outputs = (0..<Self.images).flatMap { image -> [Double] in
      let own = image * Self.targets..<(image + 1) * Self.targets
      return Array(f[own]) + (loss.givesVariances ? Array(s[own]) : [])
    }
    return (outputs, signed(202))
  }

  @Test(arguments: [
    ("squared", Loss.squaredError), ("huber", .huber(threshold: 0.75)),
    ("fixed", .gaussian(.fixed(deviation: 0.5))), ("output", .gaussian(.output)),
    ("output", .gaussian(.learned)),
  ])
  func equalsPyTorch(name: String, loss: Loss) throws {
    let cases = try GoldenCase(named: "losses").objects("cases")
    let index = ["squared", "huber", "fixed", "output"].firstIndex(of: name)!
    let (outputs, values) = golden(loss)
    let found = evaluate(loss, outputs, values, scale: 0.5)
    #expect(abs(found.sum - cases[index].number("loss")) <= 1e-6)
    let expected = cases[index].numbers("gradient")
    #expect(found.gradient.count == expected.count)
    for (own, theirs) in zip(found.gradient, expected) {
      #expect(abs(own - theirs / 2) <= 1e-6 * max(1, abs(theirs)))
    }
  }

  @Test(arguments: LossTests.losses)
  func centralDifferences(loss: Loss) {
    let width = loss.outputCount(targets: Self.targets)
    // Multiples of 2^-11, so that a step of 2^-10 is exact in single precision.
    let outputs = TestData.normal(Self.images * width, deviation: 1, stream: 31).map {
      ($0 * 2048).rounded() / 2048
    }
    let values = TestData.normal(Self.images * Self.targets, deviation: 1, stream: 32)
    let gradient = evaluate(loss, outputs, values).gradient
    var largest = 0.0
    for index in outputs.indices {
      let numeric = CentralDifference.slope(at: outputs, index, step: 0x1p-10) {
        evaluate(loss, $0, values).sum
      }
      largest = max(largest, abs(numeric))
      #expect(
        abs(gradient[index] - numeric) <= 1e-3 * max(1, abs(numeric)),
        "output \(index): \(gradient[index]), numerically \(numeric)")
    }
    #expect(largest > 0.1)
  }

  /// Outputs far from the data give variances that are numbers, and gradients.
  @Test func noVarianceIsInfinite() {
    for s in [-200.0, 19, 25, 1000] {
      let outputs = [0.5, 0.25, -0.5, s, s, s]
      let found = evaluate(.gaussian(.output), outputs, [3, -2, 1])
      let v = exp(min(s, 20)) * (1 + max(s - 20, 0)) + 1e-6
      let errors = [-2.5, 2.25, -1.5]
      let sum = errors.reduce(0) { $0 + (log(2 * Double.pi * v) + $1 * $1 / v) / 2 }
      #expect(abs(found.sum - sum) <= 1e-6 * abs(sum))
      #expect(found.gradient.allSatisfy { $0.isFinite })
      let numeric = CentralDifference.slope(at: outputs, 4, step: 0x1p-6) {
        evaluate(.gaussian(.output), $0, [3, -2, 1]).sum
      }
      #expect(abs(found.gradient[4] - numeric) <= 1e-2 * max(1, abs(numeric)))
    }
  }

  /// Slices of images are padded with blanks.
  @Test func imagesBehindTheLastAnswerCountForNothing() {
    let outputs = TestData.normal(5 * Self.targets, deviation: 1, stream: 33)
    let values = TestData.normal(4 * Self.targets, deviation: 1, stream: 34)
    let found = evaluate(.squaredError, outputs, values)
    #expect(
      found.sum
        == evaluate(.squaredError, Array(outputs.prefix(4 * Self.targets)), values).sum)
    #expect(found.gradient.suffix(Self.targets).allSatisfy { $0 == 0 })
    #expect(found.gradient.prefix(Self.targets).allSatisfy { $0 != 0 })
  }

  /// Predictions stay; logarithms of variances become deviations, and gradients go back through them.
  @Test func statementsAreMeansAndDeviations() {
    let loss = Loss.gaussian(.output)
    let outputs = TestData.normal(4, deviation: 1, stream: 35)
    func state(_ outputs: [Double]) -> [Double] {
      let view = SharedBuffer<Float>(count: outputs.count)
      view.view.copy(from: outputs)
      loss.state(view.view, width: 4, into: view.view)
      return view.view.doubles
    }
    let statements = state(outputs)
    #expect(statements.prefix(2) == outputs.prefix(2))
    for index in 2..<4 {
      #expect(abs(statements[index] - (exp(outputs[index]) + 1e-6).squareRoot()) <= 1e-6)
    }
    let given = SharedBuffer<Float>(count: 4)
    given.view.copy(from: statements)
    let gradient = SharedBuffer<Float>(count: 4)
    gradient.view.fill(1)
    loss.backward(statements: given.view, width: 4, gradient: gradient.view)
    for index in 0..<4 {
      let numeric = CentralDifference.slope(at: outputs, index, step: 1e-2) { state($0)[index] }
      #expect(abs(Double(gradient.view[index]) - numeric) <= 1e-3)
    }
  }

  /// Weights' gradients of whole networks, by differences of the naive network's outputs.
  @Test(arguments: LossTests.losses)
  func weightGradientsOfANetwork(loss: Loss) throws {
    let architecture = try TargetArchitecture(
      input: ImageShape(channels: 4, height: 1, width: 1),
      layers: [
        .fullyConnected(outputs: 5), .relu,
        .fullyConnected(outputs: loss.outputCount(targets: 2)),
      ], loss: loss)
    let (count, d) = (6, architecture.weightCount)
    let weights = SharedBuffer<Float>(count: d)
    weights.view.copy(from: TestData.normal(d, deviation: 0.5, stream: 36))
    architecture.clearUnused(weights.view)
    let images = SharedBuffer<Float>(count: 4 * count)
    images.view.copy(from: TestData.normal(4 * count, deviation: 1, stream: 37))
    let room = AnswerRoom(architecture, count: count)
    guard case .numbers(let numbers, let targets) = room.answers else {
      Issue.record("a regression is answered by numbers")
      return
    }
    #expect(targets == 2)
    numbers.copy(from: TestData.normal(2 * count, deviation: 1, stream: 38))
    let engine = try TrainingEngine(
      architecture: architecture, imageCount: count, activations: .float32)
    let gradient = SharedBuffer<Float>(count: d)
    _ = engine.trainingPass(
      weights: weights.view, images: images.view, answers: room.answers, gradientScale: 1,
      gradient: gradient.view)
    let theta = weights.view.doubles
    func sum(_ theta: [Double]) -> Double {
      var outputs: [Double] = []
      for image in 0..<count {
        let x = (0..<4).map { Double(images.view[image * 4 + $0]) }
        func layer(_ x: [Double], _ offset: Int, _ width: Int) -> [Double] {
          (0..<width).map { o in
            let row = offset + o * (x.count + 1)
            return x.indices.reduce(theta[row + x.count]) { $0 + theta[row + $1] * x[$1] }
          }
        }
        let hidden = layer(x, 0, 5).map { max($0, 0) }
        outputs += layer(hidden, 25, architecture.classCount)
      }
      let scratch = SharedBuffer<Float>(count: outputs.count)
      scratch.view.copy(from: outputs)
      let slopes = SharedBuffer<Float>(count: outputs.count)
      return loss.evaluate(
        scratch.view, width: architecture.classCount, answers: room.answers, scale: 1,
        gradient: slopes.view
      ).lossSum
    }
    let last = architecture.blocks[1]
    for index in 0..<d {
      let filter = (index - last.offset) / last.filterSize
      let isUnused =
        loss == .gaussian(.learned) && index >= last.offset && filter >= 2
        && (index - last.offset) % last.filterSize < last.kernelCount
      let numeric =
        isUnused ? 0 : CentralDifference.slope(at: theta, index, step: 1e-2, of: sum)
      #expect(
        abs(Double(gradient.view[index]) - numeric) <= 0.02 * max(1, abs(numeric)),
        "weight \(index): \(gradient.view[index]), numerically \(numeric)")
    }
  }
}
