// Backward passes that come when other networks have run.

import Kernels
import Numerics
import TargetNetworks
import Testing

@Suite struct TwoPassEngineTests {
  /// What a pass found.
  private struct Found: Equatable {
    var crossEntropySum: Double
    var correctCount: Int
    var gradient: [Double]

    init(_ crossEntropySum: Double, _ correctCount: Int, _ gradient: [Double]) {
      (self.crossEntropySum, self.correctCount) = (crossEntropySum, correctCount)
      self.gradient = gradient
    }

    init(_ trained: Problem.Trained) {
      self.init(
        trained.result.lossSum, trained.result.correctCount, trained.gradient)
    }
  }

  /// Networks of one architecture.
  private struct Committee {
    let problems: [Problem]
    let engines: [TwoPassEngine]

    /// Two networks, each on its own images.
    init(_ architecture: TargetArchitecture, imageCount: Int, _ activations: ElementType) throws {
      problems = [0, 100].map { Problem(architecture, imageCount: imageCount, stream: $0) }
      engines = try problems.map {
        try TwoPassEngine(images: try $0.sharedImages(), activations: activations)
      }
    }

    /// As many networks, all the same, as there are to read one set of images.
    init(of problem: Problem, networks: Int) throws {
      problems = [Problem](repeating: problem, count: networks)
      let images = try problem.sharedImages()
      engines = try problems.map { _ in
        try TwoPassEngine(images: images, activations: .float32)
      }
    }

    /// Runs both forward, then both backward from half the cross-entropies' gradient.
    func train() -> [Found] {
      var results: [(crossEntropySum: Double, correctCount: Int)] = []
      var logitGradients: [SharedBuffer<Float>] = []
      for (problem, engine) in zip(problems, engines) {
        let logits = SharedBuffer<Float>(
          count: problem.imageCount * problem.architecture.classCount)
        engine.forward(weights: problem.weights.view, into: logits.view)
        let gradient = SharedBuffer<Float>(count: logits.view.count)
        results.append(
          SoftmaxCrossEntropy.evaluate(
            logits: logits.view, classCount: problem.architecture.classCount,
            labels: problem.labelView, scale: 0.5, gradient: gradient.view))
        logitGradients.append(gradient)
      }
      return zip(engines, zip(results, logitGradients)).map { engine, found in
        let gradient = SharedBuffer<Float>(count: engine.architecture.weightCount)
        gradient.view.fill(.nan)
        engine.backward(logitGradient: found.1.view, gradient: gradient.view)
        return Found(found.0.crossEntropySum, found.0.correctCount, gradient.view.doubles)
      }
    }
  }

  /// Where the training engine has one slice too, the bits are its own, in this step and the next.
  @Test(
    arguments: try Architectures.all() + Architectures.normalized().map(\.architecture),
    [ElementType.float32, .bfloat16])
  func networksWaitForEachOther(_ architecture: TargetArchitecture, _ activations: ElementType)
    throws
  {
    let pair = try Committee(architecture, imageCount: 3, activations)
    #expect(
      architecture.isNormalized
        || ImageSlices(architecture: architecture, imageCount: 3).count == 1)
    let expected = try pair.problems.map {
      Found($0.train(try $0.trainingEngine(activations), scale: 0.5))
    }
    #expect(pair.train() == expected)
    #expect(pair.train() == expected)
  }

  /// Slices keep what they need though they share memory: in blocks of channels and in vectors of images, the last slice not full.
  @Test(arguments: [20, 37, 100]) func slicesWaitForEachOther(imageCount: Int) throws {
    for architecture in [try Architectures.mnist(), try Architectures.leNet()] {
      let slices = ImageSlices(architecture: architecture, imageCount: imageCount)
      #expect(slices.count > 1 || imageCount == 20)
      let pair = try Committee(architecture, imageCount: imageCount, .float32)
      for found in [pair.train(), pair.train()] {
        for (found, problem) in zip(found, pair.problems) {
          let expected = Found(try problem.train(scale: 0.5))
          #expect(
            abs(found.crossEntropySum - expected.crossEntropySum)
              <= 1e-12 * expected.crossEntropySum)
          #expect(found.correctCount == expected.correctCount)
          #expect(found.gradient == expected.gradient)
        }
      }
    }
  }

  /// Images stay what they are, whoever has read them.
  @Test func networksReadTheSameImages() throws {
    for architecture in try Architectures.all() {
      let problem = Problem(architecture, imageCount: 37)
      let committee = try Committee(of: problem, networks: 3)
      let found = committee.train() + committee.train()
      #expect(found.allSatisfy { $0 == found[0] })
    }
  }
}
