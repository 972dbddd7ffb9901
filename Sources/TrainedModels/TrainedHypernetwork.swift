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

  /// Reads parameters and running averages. Local.
  public init(checkpoint path: String) throws {
    self = try CheckpointRescue.reading(path) { try Self(reading: path) }
  }

  private init(reading path: String) throws {
    header = try CheckpointFile.readHeader(path)
    configuration = try header.parsedConfiguration(of: path)
    let layout = try configuration.hypernetworkLayout()
    var need = MemoryNeed()
    need.add(layout, copies: 1)
    try need.check(processes: 1)
    parameters = HypernetworkParameters(layout: layout, seed: configuration.training.seed)
    try CheckpointFile.read(path, tensors: ModelTensors.of(parameters))
  }
}
