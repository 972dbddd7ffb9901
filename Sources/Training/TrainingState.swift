// All that a checkpoint holds of a training, by name.

import Checkpointing
import Configurations
import Datasets
import Hypernetworks
import Optimizers
import TensorCore
import ToyProblem

/// Parameters, running averages and optimizer moments under the names of docs/interface.md.
enum TrainingState {
  /// Views of all training state. Writing through them changes the training.
  static func tensors(_ parameters: HypernetworkParameters, _ optimizer: Adam)
    -> [CheckpointTensor]
  {
    model(parameters) + moments(parameters.layout.parameters, optimizer)
  }

  /// The same of the toy problem's curve.
  static func tensors(_ curve: ToyCurve, _ parameters: FloatView, _ optimizer: Adam)
    -> [CheckpointTensor]
  {
    model(curve, parameters) + moments(curve.layout, optimizer)
  }

  private static func moments(_ layout: ParameterLayout, _ optimizer: Adam) -> [CheckpointTensor] {
    named("optimizer/m", layout, optimizer.firstMoment)
      + named("optimizer/v", layout, optimizer.secondMoment)
  }

  private static func named(_ prefix: String, _ layout: ParameterLayout, _ values: FloatView)
    -> [CheckpointTensor]
  {
    layout.entries.map {
      CheckpointTensor(
        name: "\(prefix)/\($0.name)", shape: $0.shape, values: values.slice($0.range))
    }
  }

  /// The curve of the toy problem.
  static func model(_ curve: ToyCurve, _ parameters: FloatView) -> [CheckpointTensor] {
    named("hypernetwork", curve.layout, parameters)
  }

  /// What is needed to generate networks: parameters and running averages.
  static func model(_ parameters: HypernetworkParameters) -> [CheckpointTensor] {
    let layout = parameters.layout
    return named("hypernetwork", layout.parameters, parameters.values)
      + named("hypernetwork", layout.statistics, parameters.statistics)
  }
}

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

/// A trained hypernetwork read back from a checkpoint.
public struct TrainedHypernetwork {
  public let header: CheckpointHeader
  public let configuration: Configuration
  public let parameters: HypernetworkParameters

  /// Reads parameters and running averages. Local.
  public init(checkpoint path: String) throws {
    header = try CheckpointFile.readHeader(path)
    configuration = try header.parsedConfiguration(of: path)
    parameters = HypernetworkParameters(
      layout: try configuration.hypernetworkLayout(), seed: configuration.training.seed)
    try CheckpointFile.read(path, tensors: TrainingState.model(parameters))
  }
}

/// The toy problem's curve read back from a checkpoint.
public struct TrainedToy {
  public let header: CheckpointHeader
  public let curve: ToyCurve
  public let parameters: SharedBuffer<Float>
  public let mixture: GaussianMixture

  /// Reads the curve's parameters. Local.
  public init(checkpoint path: String) throws {
    header = try CheckpointFile.readHeader(path)
    let configuration = try header.parsedConfiguration(of: path)
    guard configuration.problem == .toy else {
      throw TrainingError(
        description: "\(path): a checkpoint of networks; the toy problem's is made by "
          + "hyperdist train --preset toy", isMetByAllRanks: true)
    }
    curve = ToyCurve(hidden: configuration.toy.hidden)
    parameters = SharedBuffer(count: curve.layout.count)
    mixture = configuration.toyObjective.mixture
    try CheckpointFile.read(path, tensors: TrainingState.model(curve, parameters.view))
  }
}

extension CheckpointHeader {
  /// The configuration of a checkpoint, which another version of the program may have written.
  func parsedConfiguration(of path: String) throws -> Configuration {
    let writer = programVersion == Trainer.programVersion ? "" : " of hyperdist \(programVersion)"
    return try Configuration.parse(
      yaml: configuration, source: "\(path), attribute config\(writer)")
  }
}

extension Configuration {
  /// The hypernetwork and target network of this configuration's data set.
  public func hypernetworkLayout() throws -> HypernetworkLayout {
    guard problem == .networks else {
      throw TrainingError(
        description: "the toy problem generates points of a plane and no networks; look at it with "
          + "hyperdist analyze toy CHECKPOINT", isMetByAllRanks: true)
    }
    let images = try DatasetCatalog.describe(name: data.name)
    return try HypernetworkLayout(
      hypernetwork, target: try targetArchitecture(input: images.shape))
  }
}
