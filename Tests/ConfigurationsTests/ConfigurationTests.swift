// Configurations survive being written and read.

import Configurations
import Hypernetworks
import Numerics
import TargetNetworks
import Testing

@Suite struct ConfigurationTests {
  @Test(arguments: Configuration.presetNames)
  func printedTextReadsBack(name: String) throws {
    let preset = try Configuration.preset(name)
    #expect(try Configuration.parse(yaml: preset.yaml(), source: "printed") == preset)
  }

  @Test func settingsAreATable() throws {
    let settings = Dictionary(uniqueKeysWithValues: try Configuration.preset("mnist").settings)
    #expect(settings["training.steps"] == "13000")
    #expect(settings["objective.entropy.metric"] == "l1")
    #expect(settings["hypernetwork.extractorHidden"] == "[300, 300]")
    #expect(settings["target.layers"]?.hasPrefix("- convolution: {filters: 32, size: 5") == true)
    #expect(settings.count == Setting.all.count)
  }

  private static let lossKeys = [
    "objective.loss", "objective.huberThreshold", "objective.noise", "objective.noiseDeviation",
  ]

  @Test func lossesOfNumbersReadBack() throws {
    for (overrides, outputs, loss) in [
      (["objective.loss=squared-error"], 1, Loss.squaredError),
      (["objective.loss=huber", "objective.huberThreshold=0.5"], 1, .huber(threshold: 0.5)),
      (
        ["objective.loss=gaussian-nll", "objective.noise=fixed", "objective.noiseDeviation=0.25"],
        1, .gaussian(.fixed(deviation: 0.25))
      ), (["objective.loss=gaussian-nll"], 2, .gaussian(.learned)),
      (["objective.loss=gaussian-nll", "objective.noise=output"], 2, .gaussian(.output)),
    ] {
      let configuration = try Configuration.preset(
        "mnist",
        overrides: overrides + [
          "data={name: curve, validationCount: 20}",
          "target.layers=[fullyConnected: {outputs: \(outputs)}]",
          "hypernetwork.generatorHidden=[[4]]",
        ])
      #expect(configuration.loss == loss)
      #expect(
        try Configuration.parse(yaml: configuration.yaml(), source: "printed") == configuration)
    }
  }

  /// What a preset says of its loss goes with it; what one gives oneself does not.
  @Test func otherLossesOfAPreset() throws {
    let usual = try Configuration.preset("mnist").objective
    for loss in ["squared-error", "huber"] {
      let objective = try Configuration.preset(
        "regression-1d", overrides: ["objective.loss=\(loss)"]
      ).objective
      #expect(objective.loss.rawValue == loss && objective.noise == usual.noise)
      let error = #expect(throws: ConfigurationError.self) {
        try Configuration.preset(
          "regression-1d", overrides: ["objective.loss=\(loss)", "objective.noise=fixed"])
      }
      #expect("\(error!)".contains("plays no part under objective.loss: \(loss)"), "\(error!)")
    }
  }

  @Test func slicesReadBack() throws {
    let configuration = try Configuration.parse(
      yaml: "{training: {imagesPerLatent: 6}, distribution: {slices: 3}}", source: "slices.yaml")
    #expect(configuration.distribution.slices == 3)
    #expect(try Configuration.parse(yaml: configuration.yaml(), source: "printed") == configuration)
  }

  @Test func everySettingReadsBackWhenItDiffersFromTheDefault() throws {
    let text = """
      training: {steps: 7, seed: 18446744073709551615, latents: 12, imagesPerLatent: 3,
        precision: bf16, learningRate: 1.25e-7, learningRateDecay: 0.5, maxSkippedSteps: 0,
        schedule: cosine, finalLearningRate: 1e-8, warmupSteps: 2, scheduleSteps: 6, stepSizes: width, weightDecay: 0.01,
        gradientNorm: 0.75, averageDecay: 0.9}
      objective: {lambda: 2.5, lambdaGrowth: 1.0001, diversity: variance, committee: 4, gauge: off,
        lambdaSchedule: constant-then-linear, finalLambda: 7, lambdaWarmupSteps: 1,
        entropy: {metric: l2, candidates: 3, k: 2, weighting: function}, probeImages: 6}
      distribution: {shards: 4, exchange: sliced, collectives: tree, reduction: fast, optimizer: replicated, wideLayers: summed,
        stallSeconds: 2.5}
      validation: {every: 0, samples: 9, statisticsImages: 5}
      checkpoint: {every: 0, minutes: 0.5, keep: 0}
      metrics: {every: 3}
      baseline: {method: sgd, members: 3, steps: 8, batch: 12, sliceImages: 4, optimizer: sgd, learningRate: 0.5,
        momentum: 0.5, weightDecay: 0.25, schedule: linear, learningRateDecay: 0.75, finalLearningRate: 0.125,
        drops: [3, 5], dropFactor: 0.5, initialDeviation: 0.5, initialBias: 0.25,
        networks: 9, iterates: 4, thinning: 6, cycles: 7, cycleRate: 0.3, averagingFrom: 0.75, averagingRate: 0.02,
        deviations: 5, covarianceScale: 0.75, dropout: 0.25, noise: 0.5, targetAccuracy: 0.25,
        flows: {multipliers: false, steps: 3, width: 4, reverseWidth: 5, deviationLimit: 0.25},
        gains: {couplings: 3, width: 4, priorPrecision: 0.5, gradientNorm: 2, gradientLimit: 3},
        penalty: {weight: 0.75, from: 6, warmup: 7}}
      data: {name: cifar100, path: "a \\"file\\".h5", inputs: [3], classes: 5, targets: 2, validationCount: 17, augment: crop-flip, normalize: channel}
      hypernetwork: {latentSize: 5, prior: modes, modes: 3, modeSpread: 0.25,
        center: true, modeCenters: true, initialization: target, spread: 0.5, codeSize: 4, extractorHidden: [6],
        generatorHidden: [[7, 8], [9]], generation: [layer, filter], sharing: kind,
        skipConnections: on, leak: 0.1, normalizationEpsilon: 1e-5,
        normalizationDecay: 0.9, initialVariance: 1, initialShift: 2, initialLayerShift: 4, initialLogits: 0.25}
      target:
        layers:
          - convolution: {filters: 3, size: 3, stride: 2, padding: valid}
          - relu
          - averagePool: {size: 3, stride: 2}
          - fullyConnected: {outputs: 100}
      """
    let configuration = try Configuration.parse(yaml: text, source: "all.yaml")
    let mnist = try Configuration.preset("mnist")
    // The toy's settings are those of another problem, losses of numbers of other data, and committees have no slices: in the tests below.
    for setting in Setting.all
    where setting.key != "problem" && !setting.key.hasPrefix("toy.")
      && !Self.lossKeys.contains(setting.key) && setting.key != "distribution.slices"
    {
      #expect(setting.text(configuration) != setting.text(mnist), "\(setting.key)")
    }
    #expect(try Configuration.parse(yaml: configuration.yaml(), source: "printed") == configuration)
    #expect(configuration.training.seed == .max)
    #expect(configuration.training.learningRate == 1.25e-7)
    #expect(configuration.hypernetwork.normalizationEpsilon == 1e-5)
    #expect(
      configuration.objectiveSettings
        == ObjectiveSettings(
          diversity: .variance, committee: 4, metric: .l2, candidates: 3,
          neighbour: 2, weighting: .function, probeImages: 6, gauge: .none))
    #expect(
      configuration.target == [
        .convolution(filters: 3, size: 3, stride: 2, padding: .valid), .relu,
        .averagePool(size: 3, stride: 2), .fullyConnected(outputs: 100),
      ])
  }

  @Test func theToysSettingsReadBack() throws {
    let text = """
      preset: toy
      training: {steps: 9, latents: 7}
      toy: {hidden: [4], components: 3, entropyWeight: 0, normWeight: 0.5}
      """
    let configuration = try Configuration.parse(yaml: text, source: "toy.yaml")
    let preset = try Configuration.preset("toy")
    #expect(preset.problem == .toy && preset.toy.hidden == [30, 10, 10])
    #expect(preset.toy.entropyWeight == 2.2 && preset.toy.normWeight == 0.05)
    #expect(preset.training.learningRate == 1e-3 && preset.training.learningRateDecay == 0.99996)
    for setting in Setting.all where setting.key.hasPrefix("toy.") {
      #expect(setting.text(configuration) != setting.text(preset), "\(setting.key)")
    }
    #expect(try Configuration.parse(yaml: configuration.yaml(), source: "printed") == configuration)
  }

  /// YAML 1.1 readers, such as Python's, need a point in a number with an exponent.
  @Test func smallNumbersAreWrittenWithAPoint() throws {
    #expect(try Configuration.preset("mnist").yaml().contains("normalizationEpsilon: 1.0e-07 "))
  }

  @Test func theMNISTPresetIsThePublishedNetwork() throws {
    let mnist = try Configuration.preset("mnist")
    let target = try mnist.targetArchitecture(
      input: ImageShape(channels: 1, height: 28, width: 28))
    #expect(target.weightCount == 20_018)
    #expect(mnist.training.latents == 32)
    #expect(mnist.objectiveSettings.metric == .l1)
  }

  @Test func missingKeysComeFromThePreset() throws {
    let quickstart = try Configuration.parse(
      yaml: "preset: quickstart\ntraining: {steps: 5}\n", source: "q.yaml")
    var expected = try Configuration.preset("quickstart")
    expected.training.steps = 5
    #expect(quickstart == expected)
    #expect(try Configuration.parse(yaml: "", source: "e.yaml") == Configuration.preset("mnist"))
    #expect(
      try Configuration.parse(yaml: "objective:\n", source: "e.yaml")
        == Configuration.preset("mnist"))
  }

  @Test func overridesComeLastAndInOrder() throws {
    let configuration = try Configuration.parse(
      yaml: "training: {steps: 5}", source: "f.yaml",
      overrides: [
        "training.steps=6", "training.steps=7", "objective.entropy={metric: l2}",
        "hypernetwork.extractorHidden=[10, 20]",
      ])
    #expect(configuration.training.steps == 7)
    #expect(configuration.objective.entropy.metric == .l2)
    #expect(configuration.hypernetwork.extractorHidden == [10, 20])
  }

  /// The gauge by its names, and as it was before it had any.
  @Test(arguments: [
    ("no", Gauge.none), ("false", .none), ("true", .scale), ("scale", .scale),
    ("scale-permutation", .scalePermutation), ("none", .none),
  ])
  func gauges(text: String, gauge: Gauge) throws {
    let configuration = try Configuration.preset("mnist", overrides: ["objective.gauge=\(text)"])
    #expect(configuration.objective.gauge == gauge)
    #expect(configuration.yaml().contains("  gauge: \(gauge.rawValue) "))
  }

  /// The extractor has the paper's count, all sub-networks together are within 10 % of its sum.
  @Test func resNet32HasThePapersSize() throws {
    let configuration = try Configuration.preset("resnet32-cifar10-paper")
    let target = try configuration.targetArchitecture(
      input: ImageShape(channels: 3, height: 32, width: 32))
    let layout = try HypernetworkLayout(configuration.hypernetwork, target: target)
    #expect(layout.weightCount == 464_154)
    #expect(layout.extractor.weights.map(\.count).reduce(0, +) == 2_935_200)
    #expect(layout.generators.map(\.outputWidth) == [29, 146, 290, 578, 650])
    #expect(abs(Double(layout.parameters.count) / 7_168_400 - 1) <= 0.1)
  }

  /// A method's recipe is in the place of the preset's where nothing else is asked for, wherever that is.
  @Test func recipes() throws {
    let plain = try Configuration.preset("lenet-cifar10", overrides: ["baseline.method=mnfg"])
    #expect(plain.baseline.steps == 55_000 && plain.baseline.optimizer == .adam)
    #expect(plain.baseline.batch == 1024 && plain.baseline.weightDecay == 0)
    #expect(plain.baseline.rates.value(at: 55_000) == 0.001)
    let other = try Configuration.preset(
      "mnist",
      overrides: ["baseline={steps: 70, sliceImages: 16}", "baseline.method=mnfg"])
    #expect(other.baseline.steps == 70 && other.baseline.sliceImages == 16)
    #expect(other.baseline.batch == 1024)
    let file = try Configuration.parse(
      yaml: "baseline:\n  method: mnfg\n  learningRate: 0.5\n", source: "file")
    #expect(file.baseline.learningRate == 0.5 && file.baseline.learningRateDecay == 1)
    #expect(try Configuration.parse(yaml: file.yaml(), source: "file") == file)
  }
}
