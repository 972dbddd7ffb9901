// What a training takes of a rank's memory.

import Baselines
import Configurations
import Host

extension MemoryNeed {
  /// Of one of `ranks` that train with `threads` threads each: parameters with gradients and the optimizer's moments,
  /// networks of the step, activations.
  public static func training(_ configuration: Configuration, threads: Int, ranks: Int) throws
    -> MemoryNeed
  {
    var need = MemoryNeed()
    let training = configuration.training
    // Ranks that share a shard have all of its networks.
    let (slices, shards) = (configuration.distribution.slices, configuration.distribution.shards)
    let isDivided = slices > 1 && ranks > shards
    let ownLatents = max(1, training.latents / (isDivided ? shards : ranks))
    let latents = "training.latents \(training.latents)"
    guard configuration.problem == .networks else {
      need.add(latents, bytes: training.latents, training.latents)
      return need
    }
    guard configuration.baseline.method == .none else {
      return try members(configuration, threads: threads, ranks: ranks)
    }
    let layout = try configuration.hypernetworkLayout()
    // Values, gradients, both moments (while they are saved all of them, on any rank), and the average.
    need.add(layout, copies: training.averageDecay > 0 ? 5 : 4)
    // Weights and their gradients.
    need.add(latents, bytes: ownLatents, layout.weightCount, 8)
    for perceptron in [layout.extractor] + layout.generators {
      // Of every layer its output and that one's gradient.
      need.add(
        latents, bytes: ownLatents, perceptron.rowsPerLatent, 8,
        perceptron.widths.dropFirst().reduce(0, +))
    }
    if configuration.objective.diversity == .entropy
      || configuration.objective.diversity == .outputEntropy
    {
      // Who is whose candidate.
      need.add(latents, bytes: training.latents, training.latents)
    }
    if configuration.objective.entropy.weighting == .function {
      // Weighed weights, and the gradient with respect to them.
      need.add(
        latents, bytes: ownLatents, layout.weightCount,
        configuration.objective.diversity == .entropy ? 8 : 4)
    }
    let images = "training.imagesPerLatent \(training.imagesPerLatent)"
    let bytesAnOutput = training.precision == .float32 ? 4 : 2
    need.add(images, bytes: ownLatents, training.imagesPerLatent, 4)
    if configuration.objectiveSettings.hearsCommittees {
      let committees = max(1, ownLatents / configuration.objective.committee)
      need.add(images, bytes: committees, training.imagesPerLatent, layout.target.input.count, 4)
      need.add(
        "objective.committee \(configuration.objective.committee) (each network keeps its outputs of \(images))",
        engines: ownLatents, keeping: training.imagesPerLatent, of: layout.target,
        bytesAnOutput: bytesAnOutput)
    } else {
      // A rank that divides its latents' images with others may have one slice only.
      let own = isDivided ? max(1, slices * shards / ranks) : slices
      need.add(
        images, images: training.imagesPerLatent / slices * own, of: layout.target,
        bytesAnOutput: bytesAnOutput, threads: isDivided ? 1 : threads)
      if slices > 1 {
        need.add(
          "distribution.slices \(slices)", bytes: isDivided ? 1 : min(threads, ownLatents), own,
          layout.weightCount, 4)
      }
    }
    return need
  }

  /// Of a baseline's networks: weights and the optimizer's state of all, gradients of the rank's own.
  private static func members(_ configuration: Configuration, threads: Int, ranks: Int) throws
    -> MemoryNeed
  {
    var need = MemoryNeed()
    let (baseline, target) = (configuration.baseline, try configuration.target())
    let count = baseline.memberCount
    let own = (count + ranks - 1) / ranks
    let model = configuration.weightModel(target)
    let trained = model?.layout.count ?? target.weightCount
    need.add("baseline.members \(count)", bytes: count, trained, 12)
    switch MemberSettings(configuration).kept {
    case .nothing: break
    case .iterates(let steps):
      need.add(
        "iterates of \(baseline.method.rawValue)", bytes: count, steps.count, target.weightCount, 4)
    case .moments(_, _, let deviations):
      need.add(
        "baseline.deviations \(deviations)", bytes: count, deviations + 2, target.weightCount, 4)
    }
    need.add(
      "baseline.batch \(baseline.batch) in slices of \(baseline.sliceImages)", bytes: own,
      baseline.batch / baseline.sliceImages + 1, model?.generatingCount ?? target.weightCount, 4)
    if model != nil { need.add("the penalty's gradient", bytes: own, 2 * trained, 4) }
    need.add(
      "baseline.sliceImages \(baseline.sliceImages)", images: baseline.sliceImages, of: target,
      bytesAnOutput: configuration.training.precision == .float32 ? 4 : 2, threads: threads)
    return need
  }
}
