import Checkpointing
import Numerics
import ToyProblem

/// What `inspect` says of a checkpoint.
public struct CheckpointSummary: Sendable {
  public let header: CheckpointHeader
  public let tensors: [(name: String, shape: [Int])]
  public let parameterCount: Int
  public let weightCount: Int
  public let latentSize: Int
  /// The digest of what is in the file, computed anew.
  public let contentDigest: String

  /// Reads the whole file. Local.
  public init(checkpoint path: String) throws {
    header = try CheckpointFile.readHeader(path)
    tensors = try CheckpointFile.list(path)
    let configuration = try header.parsedConfiguration(of: path)
    if configuration.problem == .toy {
      parameterCount = ToyCurve(hidden: configuration.toy.hidden).layout.count
      (weightCount, latentSize) = (2, 1)
    } else {
      let layout = try configuration.hypernetworkLayout()
      parameterCount = layout.parameters.count
      weightCount = layout.weightCount
      latentSize = layout.latentSize
    }
    let buffers = tensors.map { tensor in
      SharedBuffer<Float>(count: tensor.shape.reduce(1, *))
    }
    let contents = zip(tensors, buffers).map { tensor, buffer in
      CheckpointTensor(name: tensor.name, shape: tensor.shape, values: buffer.view)
    }
    try CheckpointFile.read(path, tensors: contents)
    let shardCount = configuration.distribution.shards
    let (step, seed) = (header.step, header.seed)
    contentDigest = withExtendedLifetime(buffers) {
      StateDigest.compute(step: step, seed: seed, shardCount: shardCount, tensors: contents)
    }
  }
}
