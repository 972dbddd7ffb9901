// Image gradients of one network after another; TrainingEngineTests compare them with the formula.

import Configurations
import TargetNetworks
import Testing

@Suite struct ImageGradientEngineTests {
  /// Nothing of another network's pass may remain.
  @Test(arguments: [32, 13])
  func sameBitsFromEveryPass(imageCount: Int) throws {
    let problem = Problem(try Architectures.mnist(), imageCount: imageCount)
    let other = Problem(problem.architecture, imageCount: imageCount, stream: 100)
    let engine = try ImageGradientEngine(
      architecture: problem.architecture, imageCount: imageCount)
    engine.loadWeights(problem.weights.view)
    let images = problem.imageGradient(engine)
    engine.loadWeights(other.weights.view)
    #expect(other.imageGradient(engine) != images)
    engine.loadWeights(problem.weights.view)
    #expect(problem.imageGradient(engine) == images)
  }
}
