// Ten whole training steps against PyTorch's: what a step leaves for the next one counts.

import Configurations
import Datasets
import Host
import Hypernetworks
import Kernels
import Numerics
import TestSupport
import Testing
import Training

/// Tests/HypernetworksTests/Golden/steps.py says how the values are made.
@Suite struct TrainingStepTests {
  /// A file of golden values, what its training sets, and how far single precision may be from the script's double
  /// precision after ten steps: `steps.py --single` prints what PyTorch's costs, a third of this.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let settings: [String]
    let change: GoldenSummary.Tolerance
    let firstMoment: GoldenSummary.Tolerance
    let secondMoment: GoldenSummary.Tolerance

    var testDescription: String { name }
  }

  static let cases = [
    Case(
      name: "steps-entropy",
      settings: ["objective={entropy: {metric: l2}, lambda: 0.00390625, lambdaGrowth: 1.25}"],
      change: .init(norm: 3e-4, dot: 3e-3, element: 2e-2),
      firstMoment: .init(norm: 1e-3, dot: 2e-2, element: 8e-2),
      secondMoment: .init(norm: 2e-3, dot: 8e-3, element: 5e-2)),
    Case(
      name: "steps-ensemble",
      settings: [
        "objective={diversity: ensemble, entropy: {metric: l2}, gauge: none, lambda: 1, lambdaGrowth: 0.75}"
      ],
      change: .init(norm: 8e-3, dot: 6e-2, element: 8e-2),
      firstMoment: .init(norm: 1e-2, dot: 6e-2, element: 2e-1),
      secondMoment: .init(norm: 1.5e-2, dot: 2e-2, element: 2e-1)),
    Case(
      name: "steps-modes",
      settings: [
        "training={schedule: cosine, finalLearningRate: 0.00006103515625, warmupSteps: 3, stepSizes: width}",
        "training={averageDecay: 0.75, weightDecay: 2}",
        "objective={entropy: {metric: l2}, lambda: 0.00390625, lambdaSchedule: linear, finalLambda: 0.015625}",
        "hypernetwork={prior: modes, modes: 4, modeSpread: 0.5, center: true, modeCenters: true}",
        "hypernetwork={initialization: target, spread: 0.5}",
      ],
      // Rounding carries activations over their kinks: `steps.py --perturbed` shows how much that changes.
      change: .init(norm: 1e-4, dot: 1e-3, element: 2e-3),
      firstMoment: .init(norm: 4e-4, dot: 2e-3, element: 5e-3),
      secondMoment: .init(norm: 2e-4, dot: 1e-3, element: 2e-3)),
  ]

  @Test(arguments: cases) func tenSteps(_ run: Case) throws {
    let golden = try GoldenCase(named: run.name)
    let configuration = try Configuration.preset(
      "mnist",
      overrides: [
        "training={steps: 10, imagesPerLatent: 4, seed: 78187493520, learningRateDecay: 0.875}",
        "training.learningRate=\(golden.number("rate"))", "objective.probeImages=8",
        "hypernetwork.normalizationDecay=0.75",
      ] + run.settings)
    let parameters = HypernetworkParameters(
      layout: try configuration.hypernetworkLayout(), seed: 1)
    let layout = parameters.layout
    GoldenNumbers.fill(parameters.values, layout.parameters)
    let first = AlignedBuffer<Float>(count: parameters.values.count)
    first.view.copy(from: parameters.values)
    let step = try TrainingStep(
      parameters: parameters, settings: StepSettings(configuration),
      plan: ShardPlan(sampleCount: 32, shardCount: 8, rankCount: 1), images: Self.images,
      communicator: .alone, pool: WorkerPool(threadCount: 2) { LibraryThreads.useOne() })

    for (index, expected) in golden.objects("steps").enumerated() {
      let report = try step.run(index + 1, measure: true)
      expectNear(report, expected, step: index + 1)
    }

    func expect(
      _ key: String, _ layout: ParameterLayout, _ values: FloatView,
      _ tolerance: GoldenSummary.Tolerance
    ) {
      for entry in layout.entries {
        golden.summary(key, entry.name)
          .expect(values.slice(entry.range), "\(key) of \(entry.name)", within: tolerance)
      }
    }
    func expectChange(_ key: String, of values: FloatView) {
      let change = AlignedBuffer<Float>(count: values.count)
      change.view.copy(from: values)
      VectorMath.add(first.view, times: -1, to: change.view)
      expect(key, layout.parameters, change.view, run.change)
    }
    let statistics = GoldenSummary.Tolerance(norm: 2e-5, dot: 6e-5, element: 2e-4)
    expectChange("change", of: parameters.values)
    expect("firstMoment", layout.parameters, step.optimizer.firstMoment, run.firstMoment)
    expect("secondMoment", layout.parameters, step.optimizer.secondMoment, run.secondMoment)
    expect("runningStatistics", layout.statistics, parameters.statistics, statistics)
    #expect((step.average != nil) == golden.has("averageChange"))
    if let average = step.average?.parameters {
      expectChange("averageChange", of: average.values)
      expect("averageStatistics", layout.statistics, average.statistics, statistics)
    }
  }

  private func expectNear(_ report: StepReport, _ expected: GoldenCase, step: Int) {
    func expect(_ value: Double, _ key: String, within tolerance: Double) {
      #expect(
        abs(value - expected.number(key)) <= tolerance,
        "\(key) of step \(step): \(value), not \(expected.number(key))")
    }
    expect(report.lambda, "lambda", within: 1e-6 * report.lambda)
    expect(report.learningRate, "learningRate", within: 1e-6 * report.learningRate)
    expect(report.loss, "loss", within: 1e-3)
    expect(report.accuracyLoss, "accuracyLoss", within: 1e-3)
    expect(report.diversity.loss, "diversityLoss", within: 1e-3)
    expect(report.diversity.entropy, "entropy", within: 4e-3)
    expect(report.diversity.nearestMean, "nearestDistanceMean", within: 5e-4)
    expect(report.diversity.nearestMinimum, "nearestDistanceMinimum", within: 4e-3)
    // A logit may tie.
    expect(128 * report.trainAccuracy, "correct", within: 1)
    #expect(report.skipped == nil)
  }

  /// 500 images of noise, so that ten steps see more than two epochs.
  private static let images = LabeledImages(
    shape: ImageShape(channels: 1, height: 28, width: 28), classCount: 10,
    pixels: (0..<500 * 784).map { UInt8(256 * GoldenNumbers.uniform(tensor: 108, index: $0)) },
    labels: (0..<500).map { GoldenNumbers.label(tensor: 109, index: $0) })
}
