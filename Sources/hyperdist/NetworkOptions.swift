// What commands about trained networks have in common.

import ArgumentParser
import Datasets
import Evaluation
import Reporting
import TrainedModels

/// Of commands that run networks of a checkpoint or a sample file.
struct NetworkOptions: ParsableArguments {
  @Argument(help: "A checkpoint, or a sample file (HDF5).")
  var checkpoint: String

  @OptionGroup var options: ConfigurationOptions

  @OptionGroup var generation: GenerationOptions

  var seed: UInt64 { generation.seed }
  var dataDir: String? { generation.dataDir }

  func validate() throws { try requireName(checkpoint, "CHECKPOINT") }

  /// As ``GenerationOptions/start(_:outputs:)``.
  func start(outputs: [OutputFile] = []) throws -> (session: Session, trained: TrainedNetworks) {
    try generation.start(checkpoint, outputs: outputs) { try options.resolveIfGiven() }
  }

  /// As ``GenerationOptions/data(of:_:)``.
  func data(of trained: TrainedNetworks, _ session: Session) throws -> Dataset {
    try generation.data(of: trained, session)
  }

  /// As ``GenerationOptions/evaluator(_:_:_:networks:)``.
  func evaluator(
    _ trained: TrainedNetworks, _ data: Dataset?, _ session: Session, networks: Int? = nil
  ) throws -> EnsembleEvaluator {
    try generation.evaluator(trained, data, session, networks: networks)
  }
}
