// From a baseline's checkpoint to networks.

import Baselines
import Checkpointing
import Configurations
import Host
import TargetNetworks

/// A baseline's networks read back from a checkpoint.
public struct TrainedMembers {
  public let header: CheckpointHeader
  public let configuration: Configuration
  public let target: TargetArchitecture
  let members: [Member]

  /// Networks that the method makes of them; nil: as many as are asked for.
  var networkCount: Int? {
    MemberNetworks(members, configuration, target: target, threadCount: 1).networkCount
  }

  /// Dimensions of the latents in a sample file of them.
  var latentSize: Int { members.first?.model?.latentSize ?? 1 }

  /// What the networks are, in words.
  public var state: String { "\(configuration.baseline.method.rawValue), step \(header.step)" }

  /// Reads the checkpoint `path` of `header`. Local.
  init(reading path: String, _ header: CheckpointHeader, _ configuration: Configuration) throws {
    self.header = header
    self.configuration = configuration
    target = try configuration.target()
    let count = configuration.baseline.memberCount
    var need = MemoryNeed()
    let model = configuration.weightModel(target)
    need.add(
      "baseline.members \(count)", bytes: count, model?.layout.count ?? target.weightCount, 12)
    try need.check(processes: 1)
    let settings = MemberSettings(configuration)
    let (target, pool) = (target, WorkerPool(threadCount: 1))
    members = (0..<count).map {
      Member(settings, number: $0, target: target, model: model, pool: pool)
    }
    try CheckpointFile.read(
      path, header: header, shardCount: configuration.shardCount,
      tensors: MemberTensors.of(members))
  }
}
