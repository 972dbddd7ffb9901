// What is said of configurations that do not continue the same training.

import Configurations
import Testing

@testable import Training

@Suite struct ConfigurationDifferenceTests {
  private func difference(_ overrides: [String]) throws -> ConfigurationDifference {
    ConfigurationDifference(
      saved: try Configuration.preset("quickstart", overrides: ["objective.lambda=1"]),
      wanted: try Configuration.preset(
        "quickstart", overrides: ["objective.lambda=1"] + overrides))
  }

  @Test func settingsAreNamedInFull() throws {
    #expect(try difference([]).isEmpty)
    #expect(try difference(["objective.lambda=2"]).description == "objective.lambda: 1 -> 2")
    #expect(
      try difference(["objective.entropy.k=2", "data.augment=shift"]).changes.map(\.key)
        == ["objective.entropy.k", "data.augment"])
  }

  @Test(arguments: [
    "validation.statisticsImages=500", "validation.every=7", "training.steps=9", "metrics.every=3",
    "distribution.exchange=allgather",
  ])
  func whatIsNotComputedMayChange(override: String) throws {
    #expect(try difference([override]).isEmpty)
  }

  /// A schedule that spans a run's steps is another one with more of them, unless it has a length of its own.
  @Test func stepsThatSchedulesSpan() throws {
    func changes(_ common: String..., steps: Int) throws -> [String] {
      ConfigurationDifference(
        saved: try Configuration.preset("quickstart", overrides: common),
        wanted: try Configuration.preset(
          "quickstart", overrides: common + ["training.steps=\(steps)"])
      ).changes.map(\.key)
    }
    #expect(try changes("training.schedule=cosine", steps: 7) == ["training.steps"])
    #expect(try changes("training.finalLearningRate=1.0e-5", steps: 7) == ["training.steps"])
    #expect(
      try changes("objective.lambdaSchedule=linear", "objective.finalLambda=5", steps: 7)
        == ["training.steps"])
    #expect(try changes("training.schedule=cosine", "training.scheduleSteps=900", steps: 7).isEmpty)
    #expect(try changes("training.warmupSteps=3", steps: 7).isEmpty)
  }

  /// What one kind of training does not read may change; what it reads may not.
  @Test func partsOfBaselines() throws {
    func changes(_ method: String, _ override: String) throws -> [String] {
      ConfigurationDifference(
        saved: try Configuration.preset("quickstart", overrides: ["baseline.method=\(method)"]),
        wanted: try Configuration.preset(
          "quickstart", overrides: ["baseline.method=\(method)", override])
      ).changes.map(\.key)
    }
    for (key, value) in [
      ("objective.lambda", "2"), ("training.latents", "64"), ("hypernetwork.latentSize", "9"),
      ("training.weightDecay", "0.5"), ("distribution.shards", "4"),
    ] {
      #expect(try changes("none", "\(key)=\(value)") == [key])
      #expect(try changes("sgd", "\(key)=\(value)").isEmpty)
    }
    for (key, value) in [
      ("baseline.momentum", "0.5"), ("baseline.drops", "[5]"), ("baseline.members", "2"),
    ] {
      #expect(try changes("sgd", "\(key)=\(value)") == [key])
      #expect(try changes("none", "\(key)=\(value)").isEmpty)
    }
    for (key, value) in [
      ("training.seed", "5"), ("data.augment", "shift"), ("objective.gauge", "none"),
      ("training.gradientNorm", "2"),
    ] {
      #expect(try changes("sgd", "\(key)=\(value)") == [key])
    }
    #expect(try changes("sgd", "baseline.steps=70").isEmpty)
    #expect(try changes("none", "baseline.method=sgd") == ["baseline.method"])
    let cosine = ["baseline={method: sgd, schedule: cosine}"]
    #expect(
      ConfigurationDifference(
        saved: try Configuration.preset("quickstart", overrides: cosine),
        wanted: try Configuration.preset("quickstart", overrides: cosine + ["baseline.steps=70"])
      ).changes.map(\.key) == ["baseline.steps"])
  }

  /// Of long values the place where they differ.
  @Test func longValuesAreCut() throws {
    let layers = String(
      repeating: "convolution: {filters: 3, size: 3, stride: 1, padding: same}, relu, ", count: 6)
    func network(_ last: String) throws -> Configuration {
      try Configuration.preset(
        "quickstart",
        overrides: [
          "target.layers=[\(layers)\(last), fullyConnected: {outputs: 10}]",
          "hypernetwork.generatorHidden=[[4], [4], [4], [4], [4], [4], [4]]",
        ])
    }
    let text = ConfigurationDifference(
      saved: try network("relu"), wanted: try network("maxPool: {size: 2, stride: 2}")
    ).description
    #expect(text.hasPrefix("target.layers: ...") && text.contains("maxPool"), "\(text)")
    #expect(text.count < 200)
  }
}
