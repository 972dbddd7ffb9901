// Networks with normalizations and residual blocks against the formula.

import Configurations
import Numerics
import TargetNetworks
import Testing

@Suite struct NormalizedNetworkTests {
  /// Against the network in Double: loss and every derivative. Rounding may carry an activation over
  /// ReLU's kink, so gradients are compared as vectors.
  @Test(arguments: try Architectures.normalized().indices)
  func trainingPass(_ index: Int) throws {
    let (name, architecture) = try Architectures.normalized()[index]
    let problem = Problem(architecture, imageCount: 7, numbers: .normal)
    let naive = NaiveNetwork(architecture: architecture)
    let expected = naive.forward(problem.weightsInDouble, problem.naiveImages, problem.labels)
    let gradients = naive.gradients(
      problem.weightsInDouble, problem.naiveImages, problem.labels, scale: 0.5)
    let found = try problem.train(scale: 0.5)
    #expect(
      abs(found.result.lossSum - expected.crossEntropySum)
        <= 1e-5 * expected.crossEntropySum, "\(name)")
    #expect(found.result.correctCount == expected.correctCount, "\(name)")
    for block in architecture.blocks {
      expectNear(
        Array(found.gradient[block.range]), Array(gradients.weights[block.range]),
        "\(block.name) of \(name)")
    }
  }

  /// Of a network in use, whose statistics do not depend on the images: against the network in Double, and
  /// against differences of its loss.
  @Test(arguments: try Architectures.normalized().indices)
  func imageGradientWithGivenStatistics(_ index: Int) throws {
    let (name, architecture) = try Architectures.normalized()[index]
    let problem = Problem(architecture, imageCount: 3, numbers: .normal)
    let other = Problem(architecture, imageCount: 5, numbers: .normal, stream: 200)
    let weights = problem.weightsInDouble
    var naive = NaiveNetwork(architecture: architecture)
    let statistics = naive.moments(weights, other.naiveImages).map { Double(Float($0)) }
    naive.statistics = statistics
    let exact = naive.gradients(weights, problem.naiveImages, problem.labels, scale: 1).images
    let found = try problem.imageGradient(statistics: statistics)
    expectNear(found, exact, "image gradient of \(name)")
    func loss(_ place: Int, _ step: Double) -> Double {
      var images = problem.naiveImages
      images.values[place] += step
      return naive.forward(weights, images, problem.labels).crossEntropySum
    }
    expectDerivatives(found, of: loss, step: 1e-5, count: 40, tolerance: 1e-4, "\(name)")
  }

  /// The reference's own gradients against derivatives of its loss.
  @Test(arguments: try Architectures.normalized().indices)
  func centralDifferencesOfTheReference(_ index: Int) throws {
    let (name, architecture) = try Architectures.normalized()[index]
    let problem = Problem(architecture, imageCount: 2, numbers: .normal)
    let naive = NaiveNetwork(architecture: architecture)
    let weights = problem.weightsInDouble
    let gradient = naive.gradients(weights, problem.naiveImages, problem.labels, scale: 1).weights
    func loss(_ place: Int, _ step: Double) -> Double {
      var theta = weights
      theta[place] += step
      return naive.forward(theta, problem.naiveImages, problem.labels).crossEntropySum
    }
    expectDerivatives(gradient, of: loss, step: 1e-5, count: 40, tolerance: 1e-5, "\(name)")
  }

  /// Inference with given statistics, among them those of one batch, which a pass for statistics finds.
  @Test(arguments: try Architectures.normalized().indices)
  func statisticsAndInference(_ index: Int) throws {
    let (name, architecture) = try Architectures.normalized()[index]
    let problem = Problem(architecture, imageCount: 7, numbers: .normal)
    let other = Problem(architecture, imageCount: 7, numbers: .normal, stream: 200)
    let weights = problem.weightsInDouble
    let engine = try StatisticsEngine(
      architecture: architecture, imageCount: problem.imageCount)
    let sums = SharedBuffer<Double>(count: architecture.statisticCount)
    engine.loadWeights(problem.weights.view)
    engine.addMoments(images: problem.images.view, to: sums.view)
    let first = moments(sums.view.array, architecture)
    var naive = NaiveNetwork(architecture: architecture)
    let exact = naive.moments(weights, problem.naiveImages)
    expectNear(first, exact, "statistics of \(name)")
    engine.addMoments(images: other.images.view, to: sums.view)
    let second = naive.moments(weights, other.naiveImages)
    let both = zip(withSquares(exact, architecture), withSquares(second, architecture)).map {
      $0 + $1
    }
    expectNear(sums.view.array, both, "sums over batches of \(name)")

    for statistics in [exact, second] {
      naive.statistics = statistics
      expectNear(
        try problem.logits(statistics: statistics),
        naive.forward(weights, problem.naiveImages, problem.labels).logits, "logits of \(name)")
    }
  }

  @Test func sameBitsFromEveryEngineAndPass() throws {
    for (name, architecture) in try Architectures.normalized() {
      let problem = Problem(architecture, imageCount: 9, numbers: .normal)
      let other = Problem(architecture, imageCount: 9, numbers: .normal, stream: 100)
      let first = try problem.trainingEngine()
      let reference = problem.train(first, scale: 0.1)
      #expect(other.train(first, scale: 0.3) != reference, "\(name)")
      #expect(problem.train(first, scale: 0.1) == reference, "\(name)")
      #expect(problem.train(try problem.trainingEngine(), scale: 0.1) == reference, "\(name)")
    }
  }

  @Test func resNet32() throws {
    let architecture = try TargetArchitecture(
      input: ImageShape(channels: 3, height: 32, width: 32),
      layers: TargetLayer.residualNetwork(blocksPerStage: 5, width: 16, classCount: 10))
    #expect(architecture.weightCount == 464_154)
    #expect(architecture.blocks.count == 32)
    #expect(architecture.statisticCount == 2_272)
    #expect(architecture.blocks.map(\.filterSize).last == 65)
    #expect(architecture.forwardFLOPsPerImage / 2 == 68_862_592)
    // Only the first convolution of a block is read by one other layer alone.
    let consumers = architecture.blocks.map(\.consumer)
    #expect(consumers.enumerated().allSatisfy { $1 == ($0 % 2 == 1 && $0 < 31 ? $0 + 1 : nil) })
  }

  private func moments(_ sums: [Double], _ architecture: TargetArchitecture) -> [Double] {
    withSquares(sums, architecture, sign: -1)
  }

  /// Variances to mean squares, or back.
  private func withSquares(
    _ statistics: [Double], _ architecture: TargetArchitecture, sign: Double = 1
  ) -> [Double] {
    var result = statistics
    for block in architecture.blocks where block.isNormalized {
      for slot in block.statisticOffset..<block.statisticOffset + block.filterCount {
        result[slot + block.filterCount] += sign * statistics[slot] * statistics[slot]
      }
    }
    return result
  }
}
