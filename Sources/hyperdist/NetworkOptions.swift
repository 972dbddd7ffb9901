// What commands about trained networks have in common.

import ArgumentParser
import Datasets
import Evaluation
import Reporting
import TrainedModels

/// Of commands that run networks generated from a checkpoint.
struct NetworkOptions: ParsableArguments {
  @Argument(help: "A checkpoint file.")
  var checkpoint: String

  @OptionGroup var generation: GenerationOptions

  var seed: UInt64 { generation.seed }
  var dataDir: String? { generation.dataDir }

  func validate() throws { try requireName(checkpoint, "CHECKPOINT") }

  /// As ``GenerationOptions/start(_:outputs:)``.
  func start(outputs: [OutputFile] = []) throws -> (session: Session, trained: TrainedHypernetwork)
  {
    try generation.start(checkpoint, outputs: outputs)
  }

  /// As ``GenerationOptions/data(of:_:)``.
  func data(of trained: TrainedHypernetwork, _ session: Session) throws -> Dataset {
    try generation.data(of: trained, session)
  }

  /// As ``GenerationOptions/evaluator(_:_:_:)``.
  func evaluator(_ trained: TrainedHypernetwork, _ data: Dataset?, _ session: Session) throws
    -> EnsembleEvaluator
  {
    try generation.evaluator(trained, data, session)
  }
}
