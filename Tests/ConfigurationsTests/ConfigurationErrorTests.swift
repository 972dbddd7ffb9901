// What is said of configurations that cannot be.

import Configurations
import Testing

@Suite struct ConfigurationErrorTests {
  private func problems(_ yaml: String, _ overrides: [String] = []) -> [String] {
    do {
      _ = try Configuration.parse(yaml: yaml, source: "run.yaml", overrides: overrides)
      return []
    } catch {
      #expect(error.exitStatus == .badRequest)
      return error.problems.map(\.description)
    }
  }

  @Test func everyProblemIsToldAtOnceWithItsPlace() {
    let found = problems(
      """
      training:
        stepz: 5
        learningRate: -1
        latents: many
      objective:
        diversity: chaos
        entropy:
          candidates: -4
      latent: 5
      data: mnist
      target:
        layers:
          - convolution: {filters: 3, size: 3, padding: same, strid: 1}
          - rellu
      """, ["distribution.reduction=slow", "validation.samples=0", "metrics", "data.augment=x"])
    #expect(
      found == [
        "run.yaml:2: training.stepz: unknown key; the nearest known one is training.steps",
        "run.yaml:3: training.learningRate: '-1' is not allowed (allowed: a number, greater than 0)",
        "run.yaml:4: training.latents: 'many' is not allowed (allowed: an integer, 1 to 1000000)",
        "run.yaml:6: objective.diversity: 'chaos' is not allowed (allowed: entropy, "
          + "output-entropy, ensemble, variance, none)",
        "run.yaml:8: objective.entropy.candidates: '-4' is not allowed (allowed: an integer, 0 to "
          + "1000000)",
        "run.yaml:9: latent: unknown key; the nearest known one is training.latents",
        "run.yaml:10: data: a section needs keys below it, not a value",
        "run.yaml:13: target.layers[0].strid: unknown field of convolution; the nearest known one is "
          + "stride",
        "run.yaml:13: target.layers[0].stride: convolution needs this field",
        "run.yaml:14: target.layers[1]: unknown layer 'rellu'; the nearest known one is relu",
        "--set distribution.reduction: 'slow' is not allowed (allowed: reproducible, fast)",
        "--set validation.samples: '0' is not allowed (allowed: an integer, 1 to "
          + "1000000)",
        "--set metrics: not of the form key.path=value",
        "--set data.augment: 'x' is not allowed (allowed: none, crop-flip, shift)",
      ])
  }

  @Test(arguments: [
    (
      "distribution.slices=5",
      "images cannot be cut into 5 equal slices (slice counts that fit: 1, 2, 4, 8"
    ),
    ("training.latents=30", "30 latents cannot be cut into 8 equal shards"),
    (
      "baseline.sliceImages=7",
      "a batch of 256 images cannot be cut into slices of 7 (slices that fit: 1, 2, 4, 8, 16, 32, 64, 128, 256)"
    ),
    ("baseline.weightDecay=0.1", "adam takes no weight decay here"),
    ("baseline={drops: [1], dropFactor: 1.0e-40}", "by step 10000: nothing is learned"),
    ("baseline.learningRate=1.0e-50", "nothing can be learned"),
    ("distribution.shards=5", "shard counts that fit: 1, 2, 4, 8, 16, 32"),
    ("objective.entropy.candidates=32", "32 candidates among the others of 32 latents"),
    ("objective.entropy.k=32", "neighbour 32 among 31 others"),
    (
      "objective.committee=5",
      "5 (committees that fit: 1, 2, 4, 8, 16, 32)"
    ),
    (
      "objective={committee: 4, diversity: output-entropy, entropy: {candidates: 4}}",
      "4 candidates among the others of a committee of 4"
    ),
    (
      "objective={committee: 8, diversity: output-entropy, entropy: {k: 8}}",
      "neighbour 8 among 7 others (allowed: at most the candidates, or the committee's others)"
    ),
    (
      "objective={committee: 8, diversity: output-entropy, entropy: {k: 4, candidates: 3}}",
      "neighbour 4 among 3 others"
    ),
    ("objective.probeImages=0", "'0' is not allowed (allowed: an integer, 1 to 65536)"),
    (
      "objective.gauge=order",
      "'order' is not allowed (allowed: none, scale, scale-permutation; true: scale, false: none)"
    ),
    ("data.name=cifar100", "the last layer has 10 outputs, cifar100 has 100 classes"),
    ("data.name=imagenet", "'imagenet' is not allowed"),
    ("data.validationCount=60000", "leave none of mnist's 60000 to train on"),
    ("data.validationCount=0", "needs validation images"),
    ("hypernetwork.generatorHidden=[[4]]", "1 lists of widths for 4 weight generators"),
    ("target.layers=[relu]", "target.layers: the last layer must be fullyConnected"),
    (
      "target.layers=[maxPool: {size: 30, stride: 1}, fullyConnected: {outputs: 10}]",
      "target.layers[0]: size 30 does not fit"
    ),
    ("target.layers=[fullyConnected: {outputs: 10}]", "4 lists of widths for 1 weight generators"),
    ("target.layers=[]", "not a list of layers"),
    (
      "target.layers=[relu, normalization, fullyConnected: {outputs: 10}]",
      "target.layers[1]: a normalization must follow a convolution at once"
    ),
    (
      "target.layers=[residual: [normalization], fullyConnected: {outputs: 10}]",
      "target.layers[0]: a residual block must follow a normalization"
    ),
    (
      "target.layers=[residual: [maxPool: {size: 0, stride: 1}]]",
      "target.layers[0].residual[0].size: '0' is not allowed"
    ),
    (
      "target.layers=[convolution: {filters: 4, size: 3, stride: 1, padding: 3}, "
        + "fullyConnected: {outputs: 10}]",
      "target.layers[0]: padding must be at least 0 and less than the size"
    ),
    (
      "target.layers=[convolution: {filters: 4, size: 3, stride: 1, padding: some}]",
      "'some' is not a padding"
    ),
    (
      "target.layers=[convolution: {filters: 4, size: 3, stride: 1, padding: 1}, normalization, "
        + "residual: [convolution: {filters: 2, size: 1, stride: 1, padding: 0}, normalization], "
        + "fullyConnected: {outputs: 10}]",
      "a residual block from 4x28x28 to 2x28x28"
    ),
    ("target.layers=[residual: 5]", "residual needs a list of layers"),
    ("target.layers=[residualStage: {blocks: 2, filters: 8}]", "residualStage needs this field"),
    ("target.layers=[relu: {slope: 1}]", "relu has no fields"),
    ("objective.lambdaGrowth=1.5", "lambda 1000.0 becomes inf after 13000 steps"),
    ("objective.lambdaSchedule=linear", "lambda would end at 0"),
    ("hypernetwork={prior: modes, modes: 300}", "300 modes in a latent of 300 dimensions"),
    ("hypernetwork={center: true, modeCenters: true}", "centres of modes need hypernetwork.prior"),
    ("hypernetwork={prior: modes, modeCenters: true}", "centres of modes need hypernetwork.prior"),
    ("training.learningRate=1e-60", "is 0.0 as a 32-bit number: nothing can be learned"),
    ("training.learningRate=1e60", "is inf as a 32-bit number: nothing can be learned"),
    (
      "training={steps: 300, learningRateDecay: 0.5}",
      "learning rate 0.0003 becomes 0.0 after 300 steps of decay 0.5"
    ),
    ("training.averageDecay=1", "'1' is not allowed (allowed: a number, at least 0, less than 1)"),
    ("training.averageDecay=0.99999999", "'0.99999999' is not allowed"),
    ("hypernetwork.initialLayerShift=1e30", "leaves nothing of what differs among networks"),
    ("hypernetwork.initialShift=1e38", "leaves nothing of what differs among networks"),
    ("preset=toy", "--set preset=toy: a preset is chosen with --preset toy"),
    (
      "target.layers=[convolution: {filters: 65536, size: 255, stride: 1, padding: same}, relu, "
        + "convolution: {filters: 65536, size: 255, stride: 1, padding: same}, "
        + "fullyConnected: {outputs: 10}]",
      "target.layers[2]: a network of 2"
    ),
    ("objective.lambda=nan", "'nan' is not allowed"),
    ("hypernetwork.leak=inf", "'inf' is not allowed"),
    ("hypernetwork.normalizationEpsilon=1e-60", "'1e-60' is not allowed"),
    ("hypernetwork.generation=[layer]", "1 entries for 4 target layers with weights"),
    ("hypernetwork.generatorHidden=[[40, x]]", "hypernetwork.generatorHidden[0][1]: 'x'"),
    ("training.steps=", "no value"), ("training.steps=[1]", "a list or mapping"),
    ("training.steps=1.5", "'1.5' is not allowed"), ("training=5", "a section needs keys"),
    ("learningrate=1", "the nearest known one is training.learningRate"),
    ("training.steps=[1", "is not valid YAML"), ("=1", "not of the form"),
  ])
  func oneBadOverrideIsOneProblem(override: String, expected: String) throws {
    let found = problems("", [override])
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.contains(expected) == true, "\(found)")
  }

  @Test func diversityNeedsTwoLatents() {
    let one = ["training.latents=1", "distribution.shards=1"]
    #expect(problems("", one).count == 1)
    #expect(problems("", one + ["objective.diversity=none"]) == [])
  }

  /// What does nothing is refused rather than ignored.
  @Test func settingsOfAnotherProblemAreRefused() {
    #expect(
      problems("preset: toy\nobjective: {gauge: none}\n") == [
        "run.yaml:2: objective.gauge: plays no part in the problem 'toy' (leave it out, or at scale)"
      ])
    #expect(problems("preset: toy", ["training.latents=1"]).count == 1)
    #expect(problems("preset: toy", ["training.latents=7"]) == [])
    #expect(
      problems("preset: toy", ["training.averageDecay=0.5"]) == [
        "--set training.averageDecay: plays no part in the problem 'toy' (leave it out, or at 0)"
      ])
    #expect(problems("preset: toy", ["training={stepSizes: width, weightDecay: 0.1}"]).count == 2)
    #expect(problems("", ["toy.components=3"]).count == 1)
    #expect(problems("problem: tea").count == 1)
  }

  @Test func refusedValuesAreNotCheckedAgain() {
    #expect(problems("training: {latents: x}", ["distribution.shards=5"]).count == 1)
  }

  @Test func aLaterGoodOverrideDoesNotHideABadValue() {
    #expect(problems("training: {latents: x}", ["training.latents=32"]).count == 1)
  }

  @Test(arguments: [
    ("training: {steps: 1}\nmetrics: [1\n", "run.yaml:3: not valid YAML"),
    ("training:\n  steps: 1\n  steps: 2\n", "steps is given more than once"),
    ("- training", "run.yaml:1: not a mapping of keys to values"),
    ("a: 1\n--- \nb: 2", "not valid YAML"), ("preset: toyy", "there is no preset 'toyy'"),
    ("preset: [a]", "run.yaml:1: preset: a list or mapping (allowed: quickstart, toy,"),
    ("preset: {a: b}", "run.yaml:1: preset: a list or mapping (allowed: quickstart, toy,"),
  ])
  func textsThatAreNoConfiguration(yaml: String, expected: String) {
    let found = problems(yaml)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.contains(expected) == true, "\(found)")
  }

  @Test func unknownPresetsNameTheKnown() throws {
    #expect(throws: ConfigurationError.self) { try Configuration.preset("tou") }
    do {
      _ = try Configuration.preset("tou")
    } catch {
      #expect(
        error.description.contains("there is no preset 'tou' (presets: quickstart, toy, mnist, "))
    }
  }

  @Test(arguments: [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 2)])
  func editDistances(a: String, b: String, expected: Int) {
    #expect(editDistance(a, b) == expected)
    #expect(editDistance(b, a) == expected)
  }
}
