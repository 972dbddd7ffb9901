// Networks without normalizations against the formula: logits, loss and every gradient.

import Configurations
import Numerics
import TargetNetworks
import Testing

@Suite struct TrainingEngineTests {
  @Test(arguments: try Architectures.small().indices)
  func smallNetworks(_ index: Int) throws {
    let (name, architecture) = try Architectures.small()[index]
    try check(architecture, imageCount: 7, name)
  }

  /// Enough images that these lie side by side in some networks: whole slices, and one filled up with blanks.
  @Test(arguments: try Architectures.small().indices)
  func smallNetworksOfManyImages(_ index: Int) throws {
    let (name, architecture) = try Architectures.small()[index]
    try check(architecture, imageCount: 33, name)
  }

  @Test func leNetOfManyImages() throws {
    try check(try Architectures.leNet(), imageCount: 18, "LeNet")
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
      // tanh of few digits has many.
      switch $0 {
      case .convolution(_, let size, 1, _): size == 3 || size == 5
      case .tanh: true
      default: false
      }
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
      abs(found.result.lossSum - expected.crossEntropySum)
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
        abs(loss.crossEntropySum - trained.result.lossSum)
          <= 1e-14 * loss.crossEntropySum)
    }
  }

  /// Where images would be missing, blanks would enter the statistics of those that there are.
  @Test func fewerImagesThanItWasMadeForAreRefused() async {
    await #expect(processExitsWith: .failure) {
      let problem = Problem(try Architectures.normalized()[0].architecture, imageCount: 5)
      let engine = try problem.trainingEngine()
      let logits = SharedBuffer<Float>(count: 5 * problem.architecture.classCount)
      engine.logits(
        weights: problem.weights.view,
        images: problem.images.view.slice(0, 4 * problem.architecture.input.count),
        into: logits.view)
    }
  }

  /// The logits that a gradient pass is told the gradient of are those of the training pass.
  @Test func logitsAreThoseOfInference() throws {
    let problem = Problem(try Architectures.mnist(), imageCount: 9)
    let logits = SharedBuffer<Float>(count: 90)
    try problem.trainingEngine().logits(
      weights: problem.weights.view, images: problem.images.view, into: logits.view)
    #expect(logits.view.doubles == (try problem.logits()))
  }
}
