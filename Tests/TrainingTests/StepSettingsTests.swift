// What rate and lambda become over a run.

import Datasets
import Hypernetworks
import Testing
import Training

@Suite struct StepSettingsTests {
  private func settings(growth: Double, decay: Double = 1) -> StepSettings {
    StepSettings(
      seed: 1, imagesPerLatent: 1, augmentation: ImageAugmentation.none, learningRate: 0.5,
      learningRateDecay: decay, objective: ObjectiveSettings(lambda: 3, lambdaGrowth: growth),
      exchange: .auto)
  }

  @Test func firstStepHasWhatWasSet() {
    let settings = settings(growth: 2, decay: 0.5)
    #expect(settings.lambda(of: 1) == 3)
    #expect(settings.learningRate(of: 1) == 0.5)
    #expect(settings.lambda(of: 4) == 24)
    #expect(settings.learningRate(of: 4) == 0.0625)
  }

  /// A growth too small for single precision grows nevertheless.
  @Test(arguments: [(1.00000002, 2.7182818), (0.99999998, 0.36787944)])
  func smallGrowth(growth: Double, factor: Double) {
    let settings = settings(growth: growth)
    #expect(abs(Double(settings.lambda(of: 50_000_001)) - 3 * factor) <= 1e-5)
  }
}
