import Numerics
import TargetNetworks
import TestSupport
import Testing

@Suite struct TargetEngineTests {
  @Test(arguments: try Architectures.small().indices)
  func smallNetworks(_ index: Int) throws {
    let (name, architecture) = try Architectures.small()[index]
    try check(architecture, imageCount: 7, name)
  }

  @Test func leNet() throws { try check(try Architectures.leNet(), imageCount: 2, "LeNet") }

  /// Against the network in Double: logits, loss, and every derivative.
  ///
  /// `stream` is of numbers that lie nowhere so near a kink that single precision decides otherwise.
  private func check(
    _ architecture: TargetArchitecture, imageCount: Int, _ name: String, stream: Int = 0
  ) throws {
    // Winograd's algorithm rounds: ties and kinks would be decided by chance.
    let isExact = !architecture.layers.dropFirst().contains {
      if case .convolution(_, let size, 1, _) = $0 { size == 3 || size == 5 } else { false }
    }
    let bound = isExact ? 1e-5 : 1e-4
    let problem = Problem(
      architecture, imageCount: imageCount, numbers: isExact ? .short : .normal, stream: stream)
    let naive = NaiveNetwork(architecture: architecture)
    #expect(
      !isExact
        || naive.activations(problem.weightsInDouble, problem.naiveImages).dropLast().allSatisfy {
          $0.values.allSatisfy { Double(Float($0)) == $0 }
        }, "\(name): sums that single precision does not hold")
    let expected = naive.forward(problem.weightsInDouble, problem.naiveImages, problem.labels)
    let gradients = naive.gradients(
      problem.weightsInDouble, problem.naiveImages, problem.labels, scale: 0.5)
    let found = try problem.train(scale: 0.5)
    expectClose(try problem.logits(), expected.logits, "logits of \(name)", within: bound)
    #expect(
      abs(found.result.crossEntropySum - expected.crossEntropySum)
        <= 1e-5 * expected.crossEntropySum, "\(name)")
    #expect(found.result.correctCount == expected.correctCount, "\(name)")
    for block in architecture.blocks {
      expectClose(
        Array(found.gradient[block.range]), Array(gradients.weights[block.range]),
        "\(block.name) of \(name)", within: bound)
    }
    expectClose(
      try problem.imageGradient(), gradients.images.map { 2 * $0 }, "image gradient of \(name)",
      within: bound)
  }

  /// oneDNN's general code is hundreds of times slower than any other: no preset's network may meet it, on any
  /// processor. (With AVX2 and no AVX-512 all once did.)
  @Test func noOperatorRunsReferenceCode() throws {
    for architecture in try Architectures.all() {
      let problem = Problem(architecture, imageCount: 8)
      let inference = try InferenceEngine(architecture: architecture, imageCount: 8)
      for implementations in [
        try problem.trainingEngine().implementations,
        try problem.trainingEngine(.bfloat16).implementations, inference.implementations,
      ] {
        #expect(implementations.joined().contains { !$0.isEmpty })
        #expect(!implementations.joined().contains { $0.hasPrefix("ref") }, "\(implementations)")
      }
    }
  }

  /// Derivatives of the loss in Double.
  @Test(arguments: try Architectures.small().indices)
  func centralDifferences(_ index: Int) throws {
    let (name, architecture) = try Architectures.small()[index]
    let problem = Problem(architecture, imageCount: 2, numbers: .normal)
    let naive = NaiveNetwork(architecture: architecture)
    let (weights, images) = (problem.weightsInDouble, problem.naiveImages)
    func loss(_ place: Int, _ step: Double) -> Double {
      var (theta, x) = (weights, images)
      if place < theta.count { theta[place] += step } else { x.values[place - theta.count] += step }
      return naive.forward(theta, x, problem.labels).crossEntropySum
    }
    let derivatives = try problem.train(scale: 1).gradient + problem.imageGradient()
    expectDerivatives(
      derivatives, of: loss, step: 1e-4, count: 60, tolerance: 1e-5, "\(name)")
  }

  /// Networks whose images are run in several slices, the last one filled up with blanks.
  @Test(arguments: [1, 13, 17])
  func partlyFilledSlices(imageCount: Int) throws {
    let architecture = try Architectures.mnist()
    let slices = ImageSlices(architecture: architecture, imageCount: imageCount)
    #expect(imageCount == 1 || slices.count > 1)
    #expect(imageCount == 1 || imageCount % slices.size != 0)
    try check(architecture, imageCount: imageCount, "MNIST, \(imageCount) images", stream: 10)
  }

  @Test func slicesCoverTheImages() throws {
    for architecture in try Architectures.all() {
      for imageCount in 1...70 {
        let slices = ImageSlices(architecture: architecture, imageCount: imageCount)
        #expect(slices.size * slices.count >= imageCount)
        #expect(slices.size * (slices.count - 1) < imageCount)
      }
    }
  }

  @Test(arguments: [32, 13])
  func sameBitsFromEveryEngineAndPass(imageCount: Int) throws {
    let problem = Problem(try Architectures.mnist(), imageCount: imageCount)
    let other = Problem(problem.architecture, imageCount: imageCount, stream: 100)
    let first = try problem.trainingEngine()
    let reference = problem.train(first, scale: 0.1)
    #expect(problem.train(first, scale: 0.1) == reference)
    // Nothing of another network's pass may remain.
    #expect(other.train(first, scale: 0.3) != reference)
    #expect(problem.train(first, scale: 0.1) == reference)
    #expect(problem.train(try problem.trainingEngine(), scale: 0.1) == reference)
    let attacker = try ImageGradientEngine(
      architecture: problem.architecture, imageCount: imageCount)
    attacker.loadWeights(problem.weights.view)
    let images = problem.imageGradient(attacker)
    attacker.loadWeights(other.weights.view)
    #expect(other.imageGradient(attacker) != images)
    attacker.loadWeights(problem.weights.view)
    #expect(problem.imageGradient(attacker) == images)
  }

  /// The loss of the logits is the loss of the training pass, bit by bit.
  @Test func logitsAreThoseOfTheTrainingPass() throws {
    for architecture in try Architectures.all() {
      let problem = Problem(architecture, imageCount: 9)
      let trained = try problem.train(scale: 1)
      let logits = try problem.logits()
      let scores = SharedBuffer<Float>(count: logits.count)
      let gradient = SharedBuffer<Float>(count: logits.count)
      scores.view.copy(from: logits)
      let loss = SoftmaxCrossEntropy.evaluate(
        logits: scores.view, classCount: architecture.classCount, labels: problem.labelView,
        scale: 1, gradient: gradient.view)
      #expect(loss.correctCount == trained.result.correctCount)
      // The slices' sums are added one by one.
      #expect(
        abs(loss.crossEntropySum - trained.result.crossEntropySum)
          <= 1e-14 * loss.crossEntropySum)
    }
  }

  /// However many images are asked for at a time, each gets the same logits.
  @Test func logitsOfAnyNumberOfImages() throws {
    let problem = Problem(try Architectures.mnist(), imageCount: 21)
    let all = try problem.logits()
    let engine = try InferenceEngine(architecture: problem.architecture, imageCount: 21)
    engine.loadWeights(problem.weights.view)
    for count in [0, 1, 5, 20] {
      let part = SharedBuffer<Float>(count: count * 10)
      engine.logits(images: problem.images.view, count: count, into: part.view)
      #expect(part.view.doubles == Array(all.prefix(count * 10)))
    }
  }
}

func expectClose(
  _ found: [Double], _ expected: [Double], _ name: String, within bound: Double = 1e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, "\(name)", sourceLocation: sourceLocation)
  let scale = expected.map { abs($0) }.max() ?? 0
  #expect(scale > 0, "\(name) are all zero", sourceLocation: sourceLocation)
  for (index, (a, b)) in zip(found, expected).enumerated() where !(abs(a - b) <= bound * scale) {
    Issue.record(
      "\(name): element \(index) is \(a), not \(b); scale \(scale)",
      sourceLocation: sourceLocation)
    return
  }
}
