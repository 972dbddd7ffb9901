// Checks of values that must fit each other.

import Datasets
import Hypernetworks
import Numerics
import TargetNetworks

extension ConfigurationReader {
  /// Adds a problem for every combination of values that cannot run.
  mutating func checkTogether() {
    checkProblem()
    checkData()
    checkTarget()
    checkBaseline()
    // A baseline has no hypernetwork.
    guard configuration.baseline.method == .none else { return }
    checkMinibatch()
    checkLambda()
    checkLearningRate()
    checkInitialShift()
    checkPrior()
  }

  /// Settings of the problem that is not trained must be as they come: they would do nothing.
  private mutating func checkProblem() {
    guard applies("problem") else { return }
    let isToy = configuration.problem == .toy
    let sections =
      isToy ? ["objective", "validation", "data", "hypernetwork", "target", "baseline"] : ["toy"]
    let alone = [
      "training.imagesPerLatent", "training.precision", "training.stepSizes",
      "training.weightDecay", "training.gradientNorm", "training.averageDecay",
      "distribution.shards", "distribution.slices",
      "distribution.exchange", "distribution.collectives", "distribution.reduction",
      "distribution.optimizer", "distribution.wideLayers",
    ]
    let preset: Configuration = isToy ? .toy : .mnist
    for setting in Setting.all where applies(setting.key) {
      let section = String(setting.key.prefix { $0 != "." })
      guard sections.contains(section) || isToy && alone.contains(setting.key) else { continue }
      if setting.text(configuration) != setting.text(preset) {
        add(
          "plays no part in the problem '\(configuration.problem.rawValue)' (leave it out, or at "
            + "\(setting.text(preset)))", keys: setting.key, "problem")
      }
    }
    if isToy, applies("training.latents"), configuration.training.latents < 2 {
      add("the toy problem needs at least 2 latents, not 1", keys: "training.latents")
    }
  }

  /// Calls `check` unless one of the keys it depends on was refused already.
  func applies(_ keys: String...) -> Bool { refused.isDisjoint(with: keys) }

  /// Adds a problem that is placed where the first of `keys` was given.
  mutating func add(_ text: String, keys: String...) {
    let place = keys.lazy.compactMap { [places] in places[$0] }.first
    problems.add(keys[0], at: place, text)
  }

  private mutating func checkMinibatch() {
    guard configuration.problem == .networks else { return }
    let latents = configuration.training.latents
    let shards = configuration.distribution.shards
    if applies("training.latents", "distribution.shards"), latents % shards != 0 {
      let fitting = (1...min(latents, 1024)).filter { latents % $0 == 0 }
      add(
        "\(latents) latents cannot be cut into \(shards) equal shards (shard counts that fit: "
          + fitting.map(String.init).joined(separator: ", ") + ")",
        keys: "distribution.shards", "training.latents")
    }
    checkSlices()
    let diversity = configuration.objective.diversity
    if applies("training.latents", "objective.diversity"), diversity != .none,
      diversity != .ensemble, latents < 2
    {
      add(
        "objective.diversity \(diversity.rawValue) needs at least 2 latents, not \(latents)",
        keys: "training.latents", "objective.diversity")
    }
    let committee = configuration.objective.committee
    if applies("training.latents", "objective.committee"), latents % committee != 0 {
      let fitting = (1...min(latents, 1024)).filter { latents % $0 == 0 }
      add(
        "\(latents) latents cannot be cut into committees of \(committee) (committees that fit: "
          + fitting.map(String.init).joined(separator: ", ") + ")",
        keys: "objective.committee", "training.latents")
    } else if applies("objective.committee", "objective.diversity"), committee > 1,
      diversity == .outputEntropy
    {
      return checkNeighboursInCommittee()
    }
    let candidates = configuration.objective.entropy.candidates
    if applies("objective.entropy.candidates", "training.latents"), candidates > 0,
      candidates >= latents
    {
      add(
        "\(candidates) candidates among the others of \(latents) latents (allowed: fewer than the "
          + "latents, or 0 for all others)",
        keys: "objective.entropy.candidates", "training.latents")
    }
    let k = configuration.objective.entropy.k
    let others = candidates > 0 ? min(candidates, latents - 1) : latents - 1
    if applies("objective.entropy.k", "objective.entropy.candidates", "training.latents"),
      diversity == .entropy || diversity == .outputEntropy || k > 1, k > max(others, 1)
    {
      add(
        "neighbour \(k) among \(others) others (allowed: at most the candidates, or the other latents)",
        keys: "objective.entropy.k", "objective.entropy.candidates", "training.latents")
    }
  }

  private mutating func checkSlices() {
    let (images, slices) = (
      configuration.training.imagesPerLatent, configuration.distribution.slices
    )
    guard slices > 1, applies("distribution.slices", "training.imagesPerLatent") else { return }
    if images % slices != 0 {
      let fitting = (1...min(images, 1024)).filter { images % $0 == 0 }
      add(
        "a latent's \(images) images cannot be cut into \(slices) equal slices (slice counts that fit: "
          + fitting.map(String.init).joined(separator: ", ") + ")",
        keys: "distribution.slices", "training.imagesPerLatent")
    }
    if applies("objective.committee", "objective.diversity"),
      configuration.objectiveSettings.hearsCommittees
    {
      add(
        "where committees are heard between the networks' forward and backward pass, a latent's images are not divided "
          + "(leave distribution.slices at 1, or objective.committee)",
        keys: "distribution.slices", "objective.committee")
    }
  }

  /// Of terms that seek a sample's neighbour in its committee.
  private mutating func checkNeighboursInCommittee() {
    let committee = configuration.objective.committee
    let (candidates, k) = (
      configuration.objective.entropy.candidates, configuration.objective.entropy.k
    )
    if applies("objective.entropy.candidates"), candidates >= committee {
      add(
        "\(candidates) candidates among the others of a committee of \(committee) (allowed: fewer than the "
          + "committee, or 0 for all its others)",
        keys: "objective.entropy.candidates", "objective.committee")
    }
    let others = candidates > 0 ? min(candidates, committee - 1) : committee - 1
    if applies("objective.entropy.k", "objective.entropy.candidates"), k > others {
      add(
        "neighbour \(k) among \(others) others (allowed: at most the candidates, or the committee's others)",
        keys: "objective.entropy.k", "objective.entropy.candidates", "objective.committee")
    }
  }

  /// Takes from a data file what the configuration leaves open.
  mutating func completeData() {
    guard configuration.problem == .networks, configuration.data.isFile,
      applies("data.name", "data.path", "data.inputs", "data.classes", "data.targets")
    else { return }
    let data = configuration.data
    guard [0, 1, 3].contains(data.inputs.count) else {
      return add(
        "\(data.inputs.count) numbers (allowed: [features], or [channels, rows, columns])",
        keys: "data.inputs")
    }
    guard data.classes == 0 || data.targets == 0 else {
      return add(
        "a data set has classes or numbers to predict, not both", keys: "data.targets",
        "data.classes")
    }
    do {
      try configuration.data.complete()
    } catch {
      add(error.description, keys: "data.path", "data.name")
    }
  }

  private mutating func checkData() {
    guard configuration.problem == .networks,
      applies("data.name", "data.path", "data.validationCount"),
      let set = try? configuration.data.describe()
    else { return }
    let count = set.validationCount(configuration.data.validationCount)
    if count >= set.trainingCount {
      add(
        "\(count) validation images leave none of \(set.name)'s \(set.trainingCount) to train on",
        keys: "data.validationCount", "data.name")
    }
    if applies("validation.every"), configuration.validation.every > 0,
      count == 0, set.ownValidationCount ?? 0 == 0
    {
      add(
        "validation every \(configuration.validation.every) steps needs validation images "
          + "(set validation.every to 0 to have none)",
        keys: "data.validationCount", "validation.every")
    }
  }

  private mutating func checkTarget() {
    guard configuration.problem == .networks, applies("data.name", "data.path", "target.layers"),
      let set = try? configuration.data.geometry()
    else { return }
    let architecture: TargetArchitecture
    do {
      architecture = try configuration.targetArchitecture(input: set.shape)
    } catch {
      // The message opens with the layer's key.
      let parts = error.description.split(separator: ": ", maxSplits: 1)
      problems.add(
        String(parts[0]), at: places["target.layers"] ?? places["data.name"],
        parts.dropFirst().first.map(String.init) ?? "")
      return
    }
    checkLoss(architecture, set.answers)
    let generation = configuration.hypernetwork.generation.count
    let blocks = architecture.blocks.count
    guard applies("hypernetwork.generation"), configuration.baseline.method == .none else { return }
    guard generation == 0 || generation == blocks else {
      return add(
        "\(generation) entries for \(blocks) target layers with weights (filter or layer for each)",
        keys: "hypernetwork.generation", "target.layers")
    }
    let hidden = configuration.hypernetwork.generatorHidden.count
    let generators = HypernetworkLayout.generatorCount(
      configuration.hypernetwork, target: architecture)
    if applies("hypernetwork.generatorHidden", "hypernetwork.sharing"), hidden != generators {
      add(
        "\(hidden) lists of widths for \(generators) weight generators (one list each; target layers "
          + "with weights: \(blocks), hypernetwork.sharing: \(configuration.hypernetwork.sharing))",
        keys: "hypernetwork.generatorHidden", "target.layers")
    }
  }

  /// A rate that is no Float at some step: from there on nothing is learned, or nothing that is a number.
  private mutating func checkLearningRate() {
    let training = configuration.training
    guard
      applies(
        "training.learningRate", "training.learningRateDecay", "training.steps",
        "training.schedule", "training.finalLearningRate", "training.warmupSteps",
        "training.scheduleSteps")
    else { return }
    let first = Float(training.learningRate)
    if !(first.isNormal) {
      return add(
        "a learning rate of \(training.learningRate) is \(first) as a 32-bit number: nothing can be learned",
        keys: "training.learningRate")
    }
    let last = Float(configuration.learningRateSchedule.value(at: training.steps))
    if configuration.learningRateSchedule.final == nil, !last.isNormal {
      add(
        "learning rate \(training.learningRate) becomes \(last) after \(training.steps) steps of decay "
          + "\(training.learningRateDecay): nothing is learned any more",
        keys: "training.learningRateDecay", "training.learningRate", "training.steps")
    }
  }

  /// A prior with modes needs dimensions for noise; what belongs to modes needs the prior.
  private mutating func checkPrior() {
    let hypernetwork = configuration.hypernetwork
    guard
      applies(
        "hypernetwork.prior", "hypernetwork.modes", "hypernetwork.modeCenters",
        "hypernetwork.center", "hypernetwork.latentSize")
    else { return }
    if hypernetwork.prior == .modes, hypernetwork.modes >= hypernetwork.latentSize {
      add(
        "\(hypernetwork.modes) modes in a latent of \(hypernetwork.latentSize) dimensions leave none for "
          + "noise (allowed: fewer modes than dimensions)",
        keys: "hypernetwork.modes", "hypernetwork.latentSize", "hypernetwork.prior")
    }
    guard hypernetwork.modeCenters else { return }
    if hypernetwork.prior != .modes || !hypernetwork.center {
      add(
        "centres of modes need hypernetwork.prior: modes and hypernetwork.center: true",
        keys: "hypernetwork.modeCenters", "hypernetwork.prior", "hypernetwork.center")
    }
  }

  /// Scales of layers are divided by the square root of 1 + shift^2.
  private mutating func checkInitialShift() {
    for (key, shift) in [
      ("hypernetwork.initialShift", configuration.hypernetwork.initialShift),
      ("hypernetwork.initialLayerShift", configuration.hypernetwork.initialLayerShift),
    ] where applies(key) && !(1 / (1 + shift * shift).squareRoot()).isNormal {
      add("a shift of \(shift) leaves nothing of what differs among networks", keys: key)
    }
  }

  private mutating func checkLambda() {
    let objective = configuration.objective
    guard
      applies(
        "objective.lambda", "objective.lambdaGrowth", "training.steps", "objective.lambdaSchedule",
        "objective.finalLambda", "objective.lambdaWarmupSteps", "training.scheduleSteps")
    else { return }
    if objective.lambdaSchedule != .exponential, objective.finalLambda == 0 {
      return add(
        "lambda would end at 0, and accuracy count nothing (a \(objective.lambdaSchedule.rawValue) "
          + "schedule needs a final lambda)",
        keys: "objective.finalLambda", "objective.lambdaSchedule")
    }
    let last = Float(configuration.lambdaSchedule.value(at: configuration.training.steps + 1))
    if !(last > 0 && last.isFinite) {
      add(
        "lambda \(objective.lambda) becomes \(last) after \(configuration.training.steps) steps of "
          + "growth \(objective.lambdaGrowth)",
        keys: "objective.lambdaGrowth", "objective.lambda", "training.steps")
    }
  }
}
