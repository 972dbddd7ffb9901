// What a run trains: a hypernetwork, a baseline's networks, or the toy problem's curve.

import Baselines
import Checkpointing
import Collectives
import Configurations
import Datasets
import Evaluation
import Host
import Hypernetworks
import Numerics
import TrainedModels

/// A problem's step and state.
struct TrainingSubject {
  /// How many networks are measured on which images.
  struct Validation {
    let evaluator: EnsembleEvaluator
    let images: LabeledImages
    let networks: Int
  }

  let step: any OptimizationStep
  /// Nil where there are no networks to validate.
  let validation: Validation?
  let parameterCount: Int
  /// Numbers that one latent yields.
  let outputCount: Int
  /// Images of a step, or points.
  let itemsPerStep: Int
  let dataName: String
  let dataLocation: String
  /// What is written when the last step is done.
  var product: NetworkProduct?
  /// What to know of how the work is divided.
  var notice: String?

  /// A hypernetwork that generates networks for the images of `data`. Collective.
  static func networks(
    _ configuration: Configuration, data: Dataset, communicator: Communicator, pool: WorkerPool
  ) throws -> TrainingSubject {
    let plan = try ShardPlan(
      sampleCount: configuration.training.latents, shardCount: configuration.distribution.shards,
      sliceCount: configuration.distribution.slices,
      rankCount: communicator.size, collectives: configuration.distribution.collectives)
    let parameters = HypernetworkParameters(
      layout: try configuration.hypernetworkLayout(), seed: configuration.training.seed)
    let step = try TrainingStep(
      parameters: parameters, settings: StepSettings(configuration), plan: plan,
      images: data.training, communicator: communicator, pool: pool)
    let evaluator = try EnsembleEvaluator(
      parameters: step.average?.parameters ?? parameters, settings: configuration.objectiveSettings,
      statistics: validationStatistics(configuration, data), communicator: communicator,
      pool: pool,
      pulse: step.clock.pulse)
    return TrainingSubject(
      step: step,
      validation: Validation(
        evaluator: evaluator, images: data.validation,
        networks: configuration.validation.samples),
      parameterCount: parameters.layout.parameters.count,
      outputCount: parameters.layout.weightCount,
      itemsPerStep: configuration.training.latents * configuration.training.imagesPerLatent,
      dataName: data.name, dataLocation: data.location, notice: notice(plan))
  }

  /// Ranks without samples are worth a word.
  private static func notice(_ plan: ShardPlan) -> String? {
    guard plan.idleRankCount > 0 else { return nil }
    if plan.hasGroups { return groupNotice(plan) }
    return
      "\(plan.rankCount) ranks for \(plan.shardCount) shards (distribution.shards): \(plan.idleRankCount) of them have no latents "
      + "and take part in exchanges and updates only"
  }

  private static func groupNotice(_ plan: ShardPlan) -> String {
    let groups = (0..<plan.rankCount).map(plan.group)
    let divided = Set(groups.compactMap { $0?.shard }).count
    let idle = groups.indices.count { groups[$0] == nil && plan.samples(of: $0).isEmpty }
    return
      "\(plan.rankCount) ranks for \(plan.shardCount) shards (distribution.shards): the images of \(divided) of them are "
      + "divided among up to \(groups.compactMap { $0?.ranks.count }.max() ?? 1) ranks (distribution.slices \(plan.sliceCount)); "
      + "threads instead of ranks send nothing"
      + (idle > 0
        ? "; \(idle) ranks have no images and take part in exchanges and updates only" : "")
  }

  private static func validationStatistics(_ configuration: Configuration, _ data: Dataset)
    -> StatisticsSource
  {
    let limit = configuration.validation.statisticsImages
    return StatisticsSource(
      images: data.training, batch: configuration.statisticsBatch, limit: limit > 0 ? limit : nil)
  }

  /// A baseline's networks. Collective.
  static func members(
    _ configuration: Configuration, data: Dataset, communicator: Communicator, pool: WorkerPool
  ) throws -> TrainingSubject {
    let target = try configuration.target()
    let step = try MemberStep(
      configuration, target: target, images: data.training, communicator: communicator, pool: pool)
    let networks = MemberNetworks(
      step.members, configuration, target: target, threadCount: pool.threadCount)
    let evaluator = try EnsembleEvaluator(
      networks: networks, settings: configuration.objectiveSettings,
      statistics: validationStatistics(configuration, data), communicator: communicator,
      pool: pool, pulse: step.clock.pulse)
    let validation = Validation(
      evaluator: evaluator, images: data.validation,
      networks: max(configuration.validation.samples, step.members.count))
    return TrainingSubject(
      step: step, validation: validation,
      parameterCount: step.members.reduce(0) { $0 + $1.weights.count },
      outputCount: target.weightCount,
      itemsPerStep: step.members.count * configuration.baseline.batch, dataName: data.name,
      dataLocation: data.location,
      product: NetworkProduct(
        networks: networks, model: MemberTensors.model(of: step.members),
        configuration: configuration, data: data,
        validation: validation,
        communicator: communicator, pool: pool, pulse: step.clock.pulse))
  }

  /// The toy problem's curve.
  static func toy(_ configuration: Configuration, communicator: Communicator, pool: WorkerPool)
    -> TrainingSubject
  {
    let step = ToyStep(configuration, communicator: communicator, pool: pool)
    return TrainingSubject(
      step: step, validation: nil,
      parameterCount: step.curve.layout.count, outputCount: 2,
      itemsPerStep: configuration.training.latents, dataName: "toy",
      dataLocation: "a mixture of \(configuration.toy.components) Gaussians, drawn by the program")
  }
}
