// From a sample file to networks.

import Baselines
import Checkpointing
import Configurations
import Evaluation
import Files
import Host
import Hypernetworks
import Numerics
import TargetNetworks

/// The networks of a sample file, and the configuration by whose data and target network they are run.
public struct SampledNetworks {
  public let path: String
  public let configuration: Configuration
  public let target: TargetArchitecture
  /// Networks of the file.
  public let count: Int
  public let latentSize: Int?
  /// What the file says of its networks, or that it says nothing.
  public let origin: String
  /// Steps of their training; nil where the file does not say.
  public let step: Int?
  /// What they were trained on, as JSON; nil where the file does not say.
  public let data: String?
  private let contents: SampleContents
  /// What the networks were drawn from; nil where the file has no such thing.
  let distribution: Distribution?

  /// A distribution in an only member, and its configuration.
  struct Distribution {
    let members: [Member]
    let configuration: Configuration
  }

  /// Reads what the file holds, but none of its networks. `given` is the configuration that a user names: needed where the
  /// file has none, and of the same data and target network where it has. Local.
  public init(_ contents: SampleContents, given: Configuration?) throws {
    self.contents = contents
    path = contents.path
    let path = contents.path
    let own = try contents.header.map {
      try Configuration.parse(yaml: $0.configuration, source: "\(path), attribute config")
    }
    guard let configuration = given ?? own else {
      throw ModelError(
        description:
          "\(path): this file does not say what its networks were trained on; give the configuration "
          + "they belong to with --preset or --config")
    }
    if let given, let own { try Self.requireSame(given, as: own, path) }
    self.configuration = configuration
    target = try configuration.target()
    count = contents.count
    latentSize = contents.latentSize
    origin = contents.header?.origin ?? "networks of an unknown origin"
    step = contents.header?.step
    data = contents.header?.data
    distribution = try Self.distribution(contents, own, target)
    try requireShapes()
  }

  /// A digest of what the file says of itself and of its size.
  var identity: String {
    var digest = SHA256()
    let shapes = contents.shapes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    digest.update(shapes.joined(separator: "\n"))
    digest.update(
      "\(contents.header?.configuration ?? "") \(origin) \(FileIdentity.size(of: path))")
    return digest.hexDigest()
  }

  /// Reads the first `count` networks. Local.
  public func networks(first count: Int) throws -> StoredNetworks {
    var need = MemoryNeed()
    need.add(
      "\(path): \(count) networks", networks: count, of: target, latentSize: latentSize ?? 0)
    try need.check(processes: 1)
    let weights = SharedBuffer<Float>(count: count * target.weightCount)
    let statistics = SharedBuffer<Float>(count: count * target.statisticCount)
    let latents = latentSize.map { SharedBuffer<Float>(count: count * $0) }
    try SampleFile.read(
      contents, blocks: target.sampleBlocks, weightCount: target.weightCount,
      weights: weights.view, statistics: statistics.view, latents: latents?.view)
    // Networks that come from no latents have NaN in their place.
    let isKnown = latents.map { !$0.view[0].isNaN } ?? false
    return StoredNetworks(
      target: target, weights: weights, statistics: statistics, latents: isKnown ? latents : nil)
  }

  /// Reads the distribution that the networks were drawn from, of `own` configuration, where the file has it.
  private static func distribution(
    _ contents: SampleContents, _ own: Configuration?, _ target: TargetArchitecture
  ) throws -> Distribution? {
    guard let own, own.baseline.memberCount == 1, let model = own.weightModel(target),
      contents.latentSize == model.latentSize
    else { return nil }
    let member = Member(
      MemberSettings(own), number: 0, target: target, model: model,
      pool: WorkerPool(threadCount: 1))
    let tensors = MemberTensors.model(of: [member])
    guard tensors.allSatisfy({ contents.shapes[$0.name] == $0.shape }) else { return nil }
    try SampleFile.read(contents, tensors: tensors)
    return Distribution(members: [member], configuration: own)
  }

  private static func requireSame(
    _ given: Configuration, as own: Configuration, _ path: String
  ) throws {
    let keys = Configuration.kindKeys + ["data.normalize"]
    guard let difference = given.differences(from: own, in: keys).first else { return }
    throw ModelError(
      description:
        "\(path): its networks were trained with \(difference.key) \(difference.other), the configuration given has "
        + "\(difference.own); leave out --preset and --config: the file has its own")
  }

  /// That every layer of the target network is there, and none besides.
  private func requireShapes() throws {
    var expected: [String: [Int]] = [:]
    for block in target.blocks {
      expected["weights/\(block.name)/kernel"] = [block.filterCount] + block.kernelShape
      let others = block.isNormalized ? ["scale", "shift", "mean", "variance"] : ["bias"]
      for name in others { expected["weights/\(block.name)/\(name)"] = [block.filterCount] }
    }
    func refuse(_ what: String) -> ModelError {
      ModelError(
        description:
          "\(path): \(what): the file is of another architecture than \(configuration.data.title)'s "
          + "target network here (target.layers); give the configuration it belongs to with --preset or --config"
      )
    }
    for (name, shape) in expected.sorted(by: { $0.key < $1.key }) {
      guard let found = contents.shapes[name] else {
        throw refuse("there is no tensor \(name) of 32-bit floats")
      }
      guard found.dropFirst() == shape[...] else {
        throw refuse(
          "\(name) has \(found.dropFirst().map(String.init).joined(separator: " x ")) numbers a network "
            + "in the place of \(shape.map(String.init).joined(separator: " x "))")
      }
      guard found[0] == count else {
        throw refuse("\(name) has \(found[0]) networks, others have \(count)")
      }
    }
    if let other = contents.shapes.keys.sorted().first(where: {
      $0.hasPrefix("weights/") && expected[$0] == nil
    }) {
      throw refuse("it has a tensor \(other)")
    }
    guard count > 0 else { throw refuse("it has no networks") }
  }
}
