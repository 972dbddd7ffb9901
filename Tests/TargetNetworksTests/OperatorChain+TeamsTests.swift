// Networks that several threads share.

import Host
import Numerics
import TargetNetworks
import Testing

/// What engines compute does not depend on how many threads run them: not one bit, forward and backward, in every kind of network.
@Suite struct OperatorChainTeamsTests {
  /// Networks of every operator, of both layouts, with few images and many.
  static func cases() throws -> [(architecture: TargetArchitecture, images: Int)] {
    try [(Architectures.mnist(), 11), (Architectures.leNet(), 35), (Architectures.leNet(), 3)]
      + Architectures.small().map { ($0.architecture, 5) }
      + Architectures.normalized().flatMap { [($0.architecture, 2), ($0.architecture, 32)] }
  }

  /// Runs `body` with teams of so many threads.
  private func withTeams(_ sizes: [Int] = [1, 2, 3, 5], _ body: @Sendable (Team) -> Void) {
    for threads in sizes {
      WorkerPool(threadCount: threads).forEachTeam(1) { _, _, team in body(team) }
    }
  }

  @Test(arguments: try cases().indices, [ElementType.float32, .bfloat16])
  func training(index: Int, activations: ElementType) throws {
    let (architecture, images) = try Self.cases()[index]
    let problem = Problem(architecture, imageCount: images, numbers: .normal, stream: index)
    let alone = problem.train(try problem.trainingEngine(activations), scale: 0.5)
    let engine = try TrainingEngine(
      architecture: architecture, imageCount: images, activations: activations, teamSize: 5)
    withTeams { team in
      #expect(problem.train(engine, scale: 0.5, team: team) == alone)
    }
  }

  /// Gradients of kernels are sums over runs of tiles, and of images, where there are many: of teams smaller and larger than the runs, and of
  /// those that share transformed tiles.
  @Test(arguments: [ElementType.float32, .bfloat16])
  func kernelsOfManyTiles(activations: ElementType) throws {
    func convolution(_ stride: Int = 1) -> TargetLayer {
      .convolution(filters: 20, size: 3, stride: stride, padding: .zeros(1))
    }
    let architecture = try TargetArchitecture(
      input: ImageShape(channels: 3, height: 18, width: 16),
      layers: [
        convolution(), .normalization, .relu, convolution(), .normalization, .relu, convolution(2),
        .relu, .globalAveragePool, .fullyConnected(outputs: 4),
      ])
    let problem = Problem(architecture, imageCount: 32, numbers: .normal, stream: 1)
    let alone = problem.train(try problem.trainingEngine(activations), scale: 0.5)
    let engine = try TrainingEngine(
      architecture: architecture, imageCount: 32, activations: activations, teamSize: 7)
    withTeams([1, 2, 3, 4, 7]) { #expect(problem.train(engine, scale: 0.5, team: $0) == alone) }
  }

  @Test(arguments: try cases().indices) func twoPasses(index: Int) throws {
    let (architecture, images) = try Self.cases()[index]
    let problem = Problem(architecture, imageCount: images, numbers: .normal, stream: index)
    let count = images * architecture.classCount
    let logitGradient = SharedBuffer<Float>(count: count)
    CounterRandom(seed: 3, purpose: .test).fillNormal(logitGradient.view)
    @Sendable func run(_ engine: TwoPassEngine, _ team: Team) -> [[Double]] {
      let logits = SharedBuffer<Float>(count: count)
      let gradient = SharedBuffer<Float>(count: architecture.weightCount)
      engine.forward(weights: problem.weights.view, into: logits.view, team: team)
      engine.backward(
        logitGradient: logitGradient.view, gradient: gradient.view, team: team)
      return [logits.view.doubles, gradient.view.doubles]
    }
    func engine(_ size: Int) throws -> TwoPassEngine {
      try TwoPassEngine(
        images: problem.sharedImages(), activations: .float32, teamSize: size)
    }
    let alone = run(try engine(1), .alone)
    let shared = try engine(5)
    withTeams { #expect(run(shared, $0) == alone) }
  }

  /// Statistics, logits with them, and the images' gradient.
  @Test(arguments: try cases().indices) func networksInUse(index: Int) throws {
    let (architecture, images) = try Self.cases()[index]
    let problem = Problem(architecture, imageCount: images, numbers: .normal, stream: index)
    let weights = problem.weights.view
    struct Engines: Sendable {
      let statistics: StatisticsEngine
      let inference: InferenceEngine
      let gradient: ImageGradientEngine

      init(_ architecture: TargetArchitecture, _ images: Int, _ size: Int) throws {
        statistics = try StatisticsEngine(
          architecture: architecture, imageCount: images, teamSize: size)
        inference = try InferenceEngine(
          architecture: architecture, imageCount: images, teamSize: size)
        gradient = try ImageGradientEngine(
          architecture: architecture, imageCount: images, teamSize: size)
      }
    }
    @Sendable func run(_ engines: Engines, _ team: Team) -> [[Double]] {
      let sums = SharedBuffer<Double>(count: architecture.statisticCount)
      engines.statistics.loadWeights(weights, team: team)
      engines.statistics.addMoments(images: problem.images.view, to: sums.view, team: team)
      let statistics = SharedBuffer<Float>(count: architecture.statisticCount)
      for block in architecture.blocks where block.isNormalized {
        for channel in 0..<block.filterCount {
          let (mean, square) = (
            block.statisticOffset + channel, block.statisticOffset + block.filterCount + channel
          )
          statistics.view[mean] = Float(sums.view[mean])
          statistics.view[square] = Float(sums.view[square] - sums.view[mean] * sums.view[mean])
        }
      }
      let given = architecture.isNormalized ? statistics.view : nil
      let logits = SharedBuffer<Float>(count: images * architecture.classCount)
      engines.inference.loadWeights(weights, statistics: given, team: team)
      engines.inference.logits(
        images: problem.images.view, count: images, into: logits.view, team: team)
      let gradient = SharedBuffer<Float>(count: problem.images.view.count)
      engines.gradient.loadWeights(weights, statistics: given, team: team)
      engines.gradient.imageGradient(
        images: problem.images.view, answers: .classes(problem.labelView), into: gradient.view,
        team: team)
      return [sums.view.array, logits.view.doubles, gradient.view.doubles]
    }
    let alone = run(try Engines(architecture, images, 1), .alone)
    let shared = try Engines(architecture, images, 5)
    withTeams { #expect(run(shared, $0) == alone) }
  }
}
