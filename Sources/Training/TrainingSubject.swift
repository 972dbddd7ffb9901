// What a run trains: the hypernetwork of a target network, or the toy problem's curve.

import Checkpointing
import Collectives
import Configurations
import Datasets
import Evaluation
import Host
import Hypernetworks
import Numerics

/// A problem's step and state.
struct TrainingSubject {
  let step: any OptimizationStep
  /// Nil where there are no networks to validate.
  let validation: (evaluator: EnsembleEvaluator, images: LabeledImages)?
  /// All training state, for checkpoints.
  let tensors: [CheckpointTensor]
  let parameterCount: Int
  /// Numbers that one latent yields.
  let outputCount: Int
  /// Images of a step, or points.
  let itemsPerStep: Int
  let dataName: String
  let dataLocation: String

  /// A hypernetwork that generates networks for the images of `data`. Collective.
  static func networks(
    _ configuration: Configuration, data: Dataset, communicator: Communicator, pool: WorkerPool
  ) throws -> TrainingSubject {
    let plan = try ShardPlan(
      sampleCount: configuration.training.latents, shardCount: configuration.distribution.shards,
      rankCount: communicator.size)
    let parameters = HypernetworkParameters(
      layout: try configuration.hypernetworkLayout(), seed: configuration.training.seed)
    let step = try TrainingStep(
      parameters: parameters, settings: StepSettings(configuration), plan: plan,
      images: data.training, communicator: communicator, pool: pool)
    let evaluator = try EnsembleEvaluator(
      parameters: step.average?.parameters ?? parameters, settings: configuration.objectiveSettings,
      statistics: StatisticsSource(
        images: data.training, batch: configuration.training.imagesPerLatent,
        limit: configuration.validation.statisticsImages > 0
          ? configuration.validation.statisticsImages : nil), communicator: communicator,
      pool: pool,
      pulse: step.clock.pulse)
    return TrainingSubject(
      step: step, validation: (evaluator, data.validation),
      tensors: TrainingState.tensors(parameters, step.optimizer, step.average),
      parameterCount: parameters.layout.parameters.count,
      outputCount: parameters.layout.weightCount,
      itemsPerStep: configuration.training.latents * configuration.training.imagesPerLatent,
      dataName: data.name, dataLocation: data.location)
  }

  /// The toy problem's curve.
  static func toy(_ configuration: Configuration, communicator: Communicator, pool: WorkerPool)
    -> TrainingSubject
  {
    let step = ToyStep(configuration, communicator: communicator, pool: pool)
    return TrainingSubject(
      step: step, validation: nil,
      tensors: TrainingState.tensors(step.curve, step.parameters, step.optimizer),
      parameterCount: step.curve.layout.count, outputCount: 2,
      itemsPerStep: configuration.training.latents, dataName: "toy",
      dataLocation: "a mixture of \(configuration.toy.components) Gaussians, drawn by the program")
  }
}
