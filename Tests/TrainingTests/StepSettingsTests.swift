// What rate and lambda become over a run.

import Configurations
import Testing
import Training

@Suite struct StepSettingsTests {
  private func settings(_ overrides: String...) throws -> StepSettings {
    StepSettings(
      try Configuration.parse(
        yaml: "", source: "none",
        overrides: [
          "training.learningRate=0.5", "training.learningRateDecay=1", "objective.lambda=3",
          "training.steps=10",
        ] + overrides))
  }

  @Test func firstStepHasWhatWasSet() throws {
    let settings = try settings("objective.lambdaGrowth=2", "training.learningRateDecay=0.5")
    #expect(settings.lambda.value(at: 1) == 3)
    #expect(settings.learningRate.value(at: 1) == 0.5)
    #expect(settings.lambda.value(at: 4) == 24)
    #expect(settings.learningRate.value(at: 4) == 0.0625)
  }

  /// A growth too small for single precision grows nevertheless.
  @Test(arguments: [(1.00000002, 2.7182818), (0.99999998, 0.36787944)])
  func smallGrowth(growth: Double, factor: Double) throws {
    let settings = try settings("objective.lambdaGrowth=\(growth)")
    #expect(abs(settings.lambda.value(at: 50_000_001) - 3 * factor) <= 1e-5)
  }

  /// Rate and lambda have shapes, ends and warm-ups of their own and one length.
  @Test func shapes() throws {
    let settings = try settings(
      "training.schedule=cosine", "training.finalLearningRate=0.25", "training.warmupSteps=2",
      "training.scheduleSteps=6", "objective.lambdaSchedule=linear", "objective.finalLambda=13")
    let rates = [0.25, 0.5, 0.25 + 0.25 * (1 + 0.5.squareRoot()) / 2, 0.375]
    for (index, rate) in rates.enumerated() {
      #expect(abs(settings.learningRate.value(at: index + 1) - rate) <= 1e-12)
    }
    #expect(settings.learningRate.value(at: 6) == 0.25)
    #expect(settings.learningRate.value(at: 9) == 0.25)
    #expect((1...7).map { settings.lambda.value(at: $0) } == [3, 5, 7, 9, 11, 13, 13])
  }
}
