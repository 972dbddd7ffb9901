// The table of all settings: it drives reading, writing, suggestions and the documentation.

/// One key of the configuration.
package struct Setting: Sendable {
  /// The full key, such as `objective.entropy.metric`.
  package let key: String
  package let allowed: String
  package let meaning: String
  /// Reads an entry into the configuration; false if the entry was refused.
  let read: @Sendable (Entry, inout Configuration, inout Problems) -> Bool
  let write: @Sendable (Configuration) -> Text

  init<Value>(
    _ key: String, _ path: WritableKeyPath<Configuration, Value> & Sendable,
    _ format: ValueFormat<Value>, _ meaning: String
  ) {
    self.key = key
    self.meaning = meaning
    allowed = format.allowed
    read = { entry, configuration, problems in
      guard let value = format.read(entry, &problems) else { return false }
      configuration[keyPath: path] = value
      return true
    }
    write = { format.write($0[keyPath: path]) }
  }

  /// The value as it is written on one line.
  package func text(_ configuration: Configuration) -> String { write(configuration).joined }

  /// Every setting, in the order in which they are written.
  package static let all: [Setting] = [
    Setting(
      "problem", \.problem, .choice(), "what is generated: weights of networks, or the toy's points"
    ),

    Setting("training.steps", \.training.steps, .integer(1...1_000_000_000), "optimizer steps"),
    Setting("training.seed", \.training.seed, .integer(0...UInt64.max), "of all random numbers"),
    Setting(
      "training.latents", \.training.latents, .integer(1...1_000_000),
      "latents of a step, on all ranks together"),
    Setting(
      "training.imagesPerLatent", \.training.imagesPerLatent, .integer(1...1_000_000),
      "images each generated network sees in a step"),
    Setting(
      "training.precision", \.training.precision, .choice(),
      "of the target networks' activations in training"),
    Setting(
      "training.learningRate", \.training.learningRate, .number(.positive), "Adam's, at step 1"),
    Setting(
      "training.learningRateDecay", \.training.learningRateDecay, .number(.aboveZeroToOne),
      "factor on the learning rate at each step of an exponential schedule without a final rate"),
    Setting(
      "training.schedule", \.training.schedule, .choice(), "how the learning rate moves"),
    Setting(
      "training.finalLearningRate", \.training.finalLearningRate, .number(.nonnegative),
      "at the last step; 0 with exponential: as the decay goes"),
    Setting(
      "training.warmupSteps", \.training.warmupSteps, .integer(0...1_000_000_000),
      "steps in which the learning rate rises from 0"),
    Setting(
      "training.scheduleSteps", \.training.scheduleSteps, .integer(0...1_000_000_000),
      "steps that schedules of rate and lambda span; 0: training.steps"),
    Setting(
      "training.stepSizes", \.training.stepSizes, .choice(),
      "width: a rate for each layer, by its inputs"),
    Setting(
      "training.weightDecay", \.training.weightDecay, .number(.nonnegative),
      "of weights and free centre, in each step times the rate; apart from the gradient"),
    Setting(
      "training.gradientNorm", \.training.gradientNorm, .number(.nonnegative),
      "longer gradients of a network's mean loss by its weights are scaled down to it; 0: none"),
    Setting(
      "training.averageDecay", \.training.averageDecay, .number(.zeroToBelowOne),
      "of the average of the parameters that evaluations go by; 0: none"),
    Setting(
      "training.maxSkippedSteps", \.training.maxSkippedSteps, .integer(0...1_000_000_000),
      "steps in a row skipped for numbers not finite; one more: stop"),

    Setting(
      "objective.loss", \.objective.loss, .choice(),
      "of a network's outputs; all but cross-entropy are of numbers to predict"),
    Setting(
      "objective.huberThreshold", \.objective.huberThreshold, .number(.positive),
      "of huber: the error from which on it counts linearly, in deviations of normalized targets"),
    Setting(
      "objective.noise", \.objective.noise, .choice(),
      "of gaussian-nll: a given deviation, one that each network learns, or a second output a target"
    ),
    Setting(
      "objective.noiseDeviation", \.objective.noiseDeviation, .number(.positive),
      "of fixed noise, in deviations of normalized targets"),
    Setting(
      "objective.lambda", \.objective.lambda, .number(.positive),
      "weight of the accuracy loss against diversity"),
    Setting(
      "objective.lambdaGrowth", \.objective.lambdaGrowth, .number(.positive),
      "factor on lambda at each step of an exponential schedule without a final lambda"),
    Setting(
      "objective.lambdaSchedule", \.objective.lambdaSchedule, .choice(), "how lambda moves"),
    Setting(
      "objective.finalLambda", \.objective.finalLambda, .number(.nonnegative),
      "at the last step; 0 with exponential: as the growth goes"),
    Setting(
      "objective.lambdaWarmupSteps", \.objective.lambdaWarmupSteps, .integer(0...1_000_000_000),
      "steps in which lambda rises from 0"),
    Setting(
      "objective.diversity", \.objective.diversity, .choice(), "diversity term of the objective"),
    Setting(
      "objective.committee", \.objective.committee, .integer(1...1_000_000),
      "latents in a row that see the same images; 1: each its own"),
    Setting(
      "objective.entropy.metric", \.objective.entropy.metric, .choice(),
      "norm of nearest-neighbour distances"),
    Setting(
      "objective.entropy.candidates", \.objective.entropy.candidates,
      .integer(0...1_000_000), "random samples a neighbour is sought among; 0: all"),
    Setting(
      "objective.entropy.k", \.objective.entropy.k, .integer(1...1_000_000),
      "the neighbour that counts; 1: the nearest"),
    Setting(
      "objective.entropy.weighting", \.objective.entropy.weighting, .choice(),
      "function: weights count as far as they change what networks say"),
    Setting(
      "objective.probeImages", \.objective.probeImages, .integer(1...65_536),
      "images all networks see, for terms on outputs without committees"),
    Setting(
      "objective.gauge", \.objective.gauge, .gauge,
      "fix filters' scale, logits' bias, filters' order"),

    Setting(
      "distribution.shards", \.distribution.shards, .integer(1...1_000_000),
      "equal parts of the latents; ranks beyond them have none, up to 4 a shard"),
    Setting(
      "distribution.slices", \.distribution.slices, .integer(1...65_536),
      "equal parts of a latent's images and rows, which several ranks may divide; each number has bits of its own"
    ),
    Setting(
      "distribution.exchange", \.distribution.exchange, .choice(),
      "how ranks exchange weight vectors"),
    Setting(
      "distribution.collectives", \.distribution.collectives, .choice(),
      "messages in which sums are exchanged: along their tree, or all to all"),
    Setting(
      "distribution.reduction", \.distribution.reduction, .choice(),
      "fast: bits depend on the rank count"),
    Setting(
      "distribution.optimizer", \.distribution.optimizer, .choice(),
      "sharded: each rank updates its part of the parameters and keeps their moments"),
    Setting(
      "distribution.wideLayers", \.distribution.wideLayers, .choice(),
      "divided: where updates are, gradients of wide layers with one row a latent are made by columns, not summed over ranks"
    ),
    Setting(
      "distribution.stallSeconds", \.distribution.stallSeconds, .number(.nonnegative),
      "without progress of a rank until the run is ended; 0: never"),

    Setting(
      "validation.every", \.validation.every, .integer(0...1_000_000_000),
      "steps between validations; 0: never"),
    Setting(
      "validation.samples", \.validation.samples, .integer(1...1_000_000),
      "generated networks in a validation"),
    Setting(
      "validation.statisticsImages", \.validation.statisticsImages, .integer(0...1_000_000_000),
      "for means and variances of normalized networks; 0: all"),

    Setting(
      "checkpoint.every", \.checkpoint.every, .integer(0...1_000_000_000),
      "steps between checkpoints; 0: only at the end"),
    Setting(
      "checkpoint.minutes", \.checkpoint.minutes, .number(.nonnegative),
      "minutes between checkpoints; 0: by steps alone"),
    Setting(
      "checkpoint.keep", \.checkpoint.keep, .integer(0...1_000_000),
      "latest checkpoints to keep; 0: all"),

    Setting(
      "metrics.every", \.metrics.every, .integer(1...1_000_000_000),
      "steps between rows of metrics.csv"),

    Setting(
      "baseline.method", \.baseline.method, .choice(),
      "networks without a hypernetwork; hyperdist baseline sets it"),
    Setting(
      "baseline.members", \.baseline.members, .integer(0...100_000),
      "networks that are trained; 0: as many as the method is used with"),
    Setting(
      "baseline.steps", \.baseline.steps, .integer(1...1_000_000_000), "optimizer steps of each"),
    Setting(
      "baseline.batch", \.baseline.batch, .integer(1...1_000_000),
      "images of each network's minibatch"),
    Setting(
      "baseline.sliceImages", \.baseline.sliceImages, .integer(1...1_000_000),
      "images that run together and share normalizations' statistics; divides the batch"),
    Setting("baseline.optimizer", \.baseline.optimizer, .choice(), "with momentum; or Adam"),
    Setting(
      "baseline.learningRate", \.baseline.learningRate, .number(.positive), "at step 1"),
    Setting("baseline.momentum", \.baseline.momentum, .number(.zeroToBelowOne), "of sgd"),
    Setting(
      "baseline.weightDecay", \.baseline.weightDecay, .number(.nonnegative),
      "of sgd: times the weights, added to their gradient"),
    Setting(
      "baseline.schedule", \.baseline.schedule, .choice(),
      "how the rate moves; sgd-sampler's is constant"),
    Setting(
      "baseline.learningRateDecay", \.baseline.learningRateDecay, .number(.aboveZeroToOne),
      "factor at each step of an exponential schedule without a final rate"),
    Setting(
      "baseline.finalLearningRate", \.baseline.finalLearningRate, .number(.nonnegative),
      "at the last step; 0 with exponential: as the decay goes"),
    Setting(
      "baseline.drops", \.baseline.drops,
      .list(of: .integer(1...1_000_000_000), "a list of integers, each at least 1"),
      "steps behind which the rate drops"),
    Setting(
      "baseline.dropFactor", \.baseline.dropFactor, .number(.aboveZeroToOne), "what is left of it"),
    Setting(
      "baseline.initialDeviation", \.baseline.initialDeviation, .number(.nonnegative),
      "of initial kernels; 0: He's"),
    Setting(
      "baseline.initialBias", \.baseline.initialBias, .number(.finite), "of all biases"),
    Setting(
      "baseline.networks", \.baseline.networks, .integer(1...1_000_000),
      "networks that swag, weight-noise, dropout, gaussian-fit, mnfg and bhn draw"),
    Setting(
      "baseline.iterates", \.baseline.iterates, .integer(1...100_000),
      "iterates that sgd-sampler keeps of each network, up to the last step"),
    Setting(
      "baseline.thinning", \.baseline.thinning, .integer(0...1_000_000_000),
      "steps between iterates that are kept or averaged; 0: an epoch"),
    Setting(
      "baseline.cycles", \.baseline.cycles, .integer(1...100_000), "of snapshot, one network each"),
    Setting(
      "baseline.cycleRate", \.baseline.cycleRate, .number(.positive),
      "of snapshot, at the beginning of a cycle"),
    Setting(
      "baseline.averagingFrom", \.baseline.averagingFrom, .number(.zeroToBelowOne),
      "fraction of the steps behind which swa and swag average"),
    Setting(
      "baseline.averagingRate", \.baseline.averagingRate, .number(.positive),
      "learning rate from there on"),
    Setting(
      "baseline.deviations", \.baseline.deviations, .integer(2...100_000),
      "last iterates' deviations that swag keeps"),
    Setting(
      "baseline.covarianceScale", \.baseline.covarianceScale, .number(.positive),
      "of swag, on both parts of its covariance"),
    Setting(
      "baseline.dropout", \.baseline.dropout, .number(.zeroToBelowOne),
      "probability of a unit in front of a hidden fully connected layer to be dropped"),
    Setting(
      "baseline.noise", \.baseline.noise, .number(.nonnegative),
      "of weight-noise, in kernels' root mean squares; 0: by the accuracy"),
    Setting(
      "baseline.targetAccuracy", \.baseline.targetAccuracy, .number(.zeroToOne),
      "of weight-noise's networks, the mean on validation images"),
    Setting(
      "baseline.flows.multipliers", \.baseline.flows.hasMultipliers, .boolean,
      "of mnfg: false: weights are independent normal numbers"),
    Setting(
      "baseline.flows.steps", \.baseline.flows.steps, .integer(0...1000),
      "of mnfg: steps of the flow of multipliers, and of the one that looks back"),
    Setting(
      "baseline.flows.width", \.baseline.flows.width, .integer(1...65_536),
      "hidden units of a step of the first"),
    Setting(
      "baseline.flows.reverseWidth", \.baseline.flows.reverseWidth, .integer(1...65_536),
      "hidden units of a step of the second"),
    Setting(
      "baseline.flows.deviationLimit", \.baseline.flows.deviationLimit, .number(.positive),
      "of mnfg: where networks' standard deviations are cut off"),
    Setting(
      "baseline.gains.couplings", \.baseline.gains.couplings, .integer(0...1000),
      "of bhn: coupling layers; 0: gains are independent normal numbers"),
    Setting(
      "baseline.gains.width", \.baseline.gains.width, .integer(1...65_536),
      "hidden units of each"),
    Setting(
      "baseline.gains.priorPrecision", \.baseline.gains.priorPrecision, .number(.positive),
      "of bhn: of the gains' normal prior"),
    Setting(
      "baseline.gains.gradientNorm", \.baseline.gains.gradientNorm, .number(.positive),
      "of bhn: longer gradients are scaled down to it"),
    Setting(
      "baseline.gains.gradientLimit", \.baseline.gains.gradientLimit, .number(.positive),
      "of bhn: then each of their numbers is cut off there"),
    Setting(
      "baseline.penalty.weight", \.baseline.penalty.weight, .number(.nonnegative),
      "of mnfg and bhn: of the divergence from the prior by the number of training images"),
    Setting(
      "baseline.penalty.from", \.baseline.penalty.from, .integer(0...1_000_000_000),
      "steps in which that counts nothing"),
    Setting(
      "baseline.penalty.warmup", \.baseline.penalty.warmup, .integer(0...1_000_000_000),
      "steps in which its weight rises from 0 along a line"),

    Setting("toy.hidden", \.toy.hidden, .widths, "hidden widths of the toy problem's network"),
    Setting(
      "toy.components", \.toy.components, .integer(1...1_000), "Gaussians of the toy's mixture"),
    Setting(
      "toy.entropyWeight", \.toy.entropyWeight, .number(.nonnegative),
      "factor of the entropy in the toy's loss"),
    Setting(
      "toy.normWeight", \.toy.normWeight, .number(.nonnegative),
      "factor of the points' mean square in it"),

    Setting("data.name", \.data.name, .dataSetName, "data set; file: one of your own"),
    Setting("data.path", \.data.path, .text, "of a file: an HDF5 file (data.md)"),
    Setting(
      "data.inputs", \.data.inputs,
      .list(of: .integer(1...1_000_000), "[features], or [channels, rows, columns]"),
      "of a file: features, or channels, rows, columns; []: as it says"),
    Setting(
      "data.classes", \.data.classes, .integer(0...4096), "of a file: its classes; 0: as it says"),
    Setting(
      "data.targets", \.data.targets, .integer(0...65_536),
      "of a file: its numbers to predict; 0: as it says"),
    Setting(
      "data.validationCount", \.data.validationCount, .integer(0...1_000_000_000),
      "training images held out for validation, where a file has none of its own"),
    Setting(
      "data.augment", \.data.augment, .choice(), "random changes to training images"),
    Setting(
      "data.normalize", \.data.normalize, .choice(),
      "none: bytes in [0, 1], floats as they are; channel: mean 0 and variance 1 by channel or feature, and of targets"
    ),

    Setting(
      "hypernetwork.latentSize", \.hypernetwork.latentSize, .integer(1...65_536),
      "dimensions of a latent"),
    Setting(
      "hypernetwork.prior", \.hypernetwork.prior, .choice(),
      "uniform on [-1, 1], standard normal, or modes with noise around them"),
    Setting(
      "hypernetwork.modes", \.hypernetwork.modes, .integer(1...65_535),
      "centres of a prior with modes"),
    Setting(
      "hypernetwork.modeSpread", \.hypernetwork.modeSpread, .number(.nonnegative),
      "deviation of the noise around a mode; the modes are sqrt(2) apart in the same unit"),
    Setting(
      "hypernetwork.center", \.hypernetwork.center, .boolean,
      "weights are free parameters plus what is generated"),
    Setting(
      "hypernetwork.modeCenters", \.hypernetwork.modeCenters, .boolean,
      "each mode has such parameters of its own"),
    Setting(
      "hypernetwork.codeSize", \.hypernetwork.codeSize, .integer(1...65_536),
      "elements of a filter's code"),
    Setting(
      "hypernetwork.extractorHidden", \.hypernetwork.extractorHidden, .widths,
      "widths of the extractor's hidden layers"),
    Setting(
      "hypernetwork.generatorHidden", \.hypernetwork.generatorHidden,
      .list(of: .widths, "a list of such lists, one a weight generator"),
      "hidden widths of each weight generator"),
    Setting(
      "hypernetwork.generation", \.hypernetwork.generation,
      .list(of: .choice(), "a list of filter or layer, one a target layer with weights"),
      "what one code yields; []: the last layer whole, others by filter"),
    Setting(
      "hypernetwork.sharing", \.hypernetwork.sharing, .choice(),
      "none: a generator a target layer; kind: one for all of a filter size"),
    Setting(
      "hypernetwork.skipConnections", \.hypernetwork.skipConnections, .boolean,
      "hidden layers add their input where it is hidden and as wide"),
    Setting(
      "hypernetwork.leak", \.hypernetwork.leak, .number(.zeroToOne),
      "slope of the leaky ReLU below 0"),
    Setting(
      "hypernetwork.normalizationEpsilon", \.hypernetwork.normalizationEpsilon,
      .number(.positive), "added to a normalization's variance"),
    Setting(
      "hypernetwork.normalizationDecay", \.hypernetwork.normalizationDecay,
      .number(.zeroToBelowOne), "of a normalization's running averages"),
    Setting(
      "hypernetwork.initialization", \.hypernetwork.initialization, .choice(),
      "target, target-small: weights begin as large as an ordinary network's, or PyTorch's"),
    Setting(
      "hypernetwork.spread", \.hypernetwork.spread, .number(.positive),
      "what is generated at first, in units of an ordinary initialization"),
    Setting(
      "hypernetwork.initialVariance", \.hypernetwork.initialVariance, .number(.positive),
      "of an initial weight, times its fan-in"),
    Setting(
      "hypernetwork.initialLogits", \.hypernetwork.initialLogits, .number(.positive),
      "factor on the initial weights that yield the last target layer"),
    Setting(
      "hypernetwork.initialShift", \.hypernetwork.initialShift, .number(.nonnegative),
      "what filters' codes have in common at first, times what differs; 0: nothing"),
    Setting(
      "hypernetwork.initialLayerShift", \.hypernetwork.initialLayerShift, .number(.nonnegative),
      "the same of layers that a code yields whole"),

    Setting("target.layers", \.target, .targetLayers, "from the image to the logits"),
  ]

  /// The sections, outer before inner: `objective`, `objective.entropy`.
  static let sections: [String] = all.reduce(into: []) { sections, setting in
    let components = setting.key.split(separator: ".").dropLast()
    for length in components.indices {
      let section = components[...length].joined(separator: ".")
      if !sections.contains(section) { sections.append(section) }
    }
  }
}

extension ValueFormat where Value == [Int] {
  /// Widths of hidden layers.
  static var widths: ValueFormat {
    .list(of: .integer(1...65_536), "a list of integers, each 1 to 65536")
  }
}
