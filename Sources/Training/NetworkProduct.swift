// The networks that a baseline ends with, on their way into a sample file.

import Baselines
import Checkpointing
import Collectives
import Configurations
import Datasets
import Evaluation
import Host
import Numerics
import TrainedModels

/// A source's networks, which are written with the statistics of all training images.
struct NetworkProduct {
  let networks: MemberNetworks
  /// What latents are mapped by, where there are any.
  let model: [CheckpointTensor]
  let configuration: Configuration
  let data: Dataset
  let validation: TrainingSubject.Validation
  let communicator: Communicator
  let pool: WorkerPool
  let pulse: Pulse

  /// Writes all networks there are to `path`, as `sample` does. Collective.
  func write(_ path: String) throws {
    let method = configuration.baseline.method.rawValue
    var origin = "\(method), step \(configuration.steps)"
    networks.fit()
    if let noisy = networks.noisy {
      if configuration.baseline.targetAccuracy > 0 {
        try NoiseSearch(noisy: noisy, validation: validation)
          .run(accuracy: configuration.baseline.targetAccuracy)
      }
      origin = "\(method) \(noisy.noise), step \(configuration.steps)"
    }
    let evaluator = try EnsembleEvaluator(
      networks: networks, settings: configuration.objectiveSettings,
      statistics: StatisticsSource(images: data.training, batch: configuration.statisticsBatch),
      communicator: communicator, pool: pool, pulse: pulse)
    let count = networks.networkCount ?? configuration.baseline.networks
    let request = EvaluationRequest(networkCount: count, seed: configuration.training.seed)
    let weights = evaluator.generateOwn(request)
    let known = evaluator.statistics(of: request)
    let latents = evaluator.latents(of: evaluator.ownNetworks(count), request)
    pulse.mark()
    try withExtendedLifetime((weights, known, latents)) {
      try SampleFile.writeHDF5(
        path,
        WeightSamples(
          count: count, latentSize: networks.latentSize ?? 1, latents: latents.view,
          weights: weights.view, statistics: known.values.view, target: networks.target),
        model: model,
        header: SampleHeader(
          configuration: configuration.yaml(), programVersion: ProgramVersion.current,
          origin: origin, step: configuration.steps, data: DataSummary(of: data).text),
        communicator: communicator)
    }
  }
}
