// A checkpoint read whole and checked.

import Baselines
import Checkpointing
import ToyProblem

/// What `inspect` says of a checkpoint.
public struct CheckpointSummary: Sendable {
  public let header: CheckpointHeader
  public let tensors: [(name: String, shape: [Int])]
  public let parameterCount: Int
  public let weightCount: Int
  public let latentSize: Int
  /// What networks can be generated from; none of the toy problem.
  public let kinds: [ParameterKind]
  /// The digest of what is in the file, computed anew.
  public let contentDigest: String
  /// Whether the content is what was saved.
  public var isIntact: Bool { contentDigest == header.stateDigest }

  /// Reads the whole file. Local.
  public init(checkpoint path: String) throws {
    header = try CheckpointFile.readHeader(path)
    let configuration = try header.parsedConfiguration(of: path)
    (tensors, contentDigest) = try CheckpointFile.readAll(
      path, header: header, shardCount: configuration.shardCount)
    if configuration.problem == .toy {
      parameterCount = ToyCurve(hidden: configuration.toy.hidden).layout.count
      (weightCount, latentSize, kinds) = (2, 1, [])
    } else if configuration.baseline.method != .none {
      let target = try configuration.target()
      let model = configuration.weightModel(target)
      weightCount = target.weightCount
      parameterCount = configuration.baseline.memberCount * (model?.layout.count ?? weightCount)
      (latentSize, kinds) = (model?.latentSize ?? 0, [])
    } else {
      let layout = try configuration.hypernetworkLayout()
      parameterCount = layout.parameters.count
      weightCount = layout.weightCount
      latentSize = layout.latentSize
      kinds = configuration.parameterKinds
    }
  }
}
