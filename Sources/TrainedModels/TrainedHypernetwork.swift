// From a checkpoint to networks: what evaluate, sample, analyze and distill begin with.

import Checkpointing
import Configurations
import Host
import Hypernetworks

/// A trained hypernetwork read back from a checkpoint.
public struct TrainedHypernetwork {
  public let header: CheckpointHeader
  public let configuration: Configuration
  public let parameters: HypernetworkParameters
  public let kind: ParameterKind

  /// What networks are generated from, in words.
  public var state: String { "step \(header.step)\(kind == .average ? " (average)" : "")" }

  /// Reads parameters and running averages of a kind from the checkpoint `path` of `header`: if none is given, the average
  /// where there is one. Local.
  init(
    reading path: String, _ header: CheckpointHeader, _ configuration: Configuration,
    _ wanted: ParameterKind?
  ) throws {
    self.header = header
    self.configuration = configuration
    let kinds = configuration.parameterKinds
    kind = wanted ?? kinds.last!
    guard kinds.contains(kind) else {
      throw ModelError(
        description:
          "\(path): this run kept no average of its parameters (its training.averageDecay is 0); take "
          + "the last ones, or train with --set training.averageDecay=0.999")
    }
    let layout = try configuration.hypernetworkLayout()
    var need = MemoryNeed()
    need.add(layout, copies: 1)
    try need.check(processes: 1)
    parameters = HypernetworkParameters(layout: layout, seed: configuration.training.seed)
    try CheckpointFile.read(
      path, header: header, shardCount: configuration.shardCount,
      tensors: ModelTensors.of(parameters, kind))
  }
}
