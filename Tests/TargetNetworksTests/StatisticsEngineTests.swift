// What a statistics engine is asked for; NormalizedNetworkTests compare what it finds with the formula.

import Configurations
import Numerics
import TargetNetworks
import Testing

@Suite struct StatisticsEngineTests {
  /// Blanks in the place of missing images would be counted.
  @Test func fewerImagesThanItWasMadeForAreRefused() async {
    await #expect(processExitsWith: .failure) {
      let problem = Problem(try Architectures.normalized()[0].architecture, imageCount: 5)
      let engine = try StatisticsEngine(architecture: problem.architecture, imageCount: 6)
      engine.loadWeights(problem.weights.view)
      let sums = SharedBuffer<Double>(count: problem.architecture.statisticCount)
      engine.addMoments(images: problem.images.view, to: sums.view)
    }
  }

  @Test func nothingToAddWithoutNormalizations() throws {
    let problem = Problem(try Architectures.mnist(), imageCount: 32)
    let engine = try StatisticsEngine(architecture: problem.architecture, imageCount: 32)
    engine.loadWeights(problem.weights.view)
    engine.addMoments(images: problem.images.view, to: SharedBuffer<Double>(count: 0).view)
  }
}
