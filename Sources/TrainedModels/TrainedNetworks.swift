// From a file to networks: what evaluate, sample, analyze and distill begin with.

import Baselines
import Checkpointing
import Configurations
import Evaluation
import Host
import Hypernetworks
import TargetNetworks

/// Networks that a checkpoint generates or a sample file holds.
public struct TrainedNetworks {
  private enum Content {
    case hypernetwork(TrainedHypernetwork)
    case members(TrainedMembers)
    case samples(SampledNetworks)
  }

  private let content: Content

  /// Reads a checkpoint's parameters of a kind, or what a sample file holds. `given` is the configuration that a user names
  /// for a sample file. Local.
  public init(file path: String, _ kind: ParameterKind?, given: Configuration?) throws {
    content = try CheckpointRescue.reading(path) {
      if let contents = try SampleFile.contents(of: path) {
        guard kind == nil else {
          throw ModelError(
            description:
              "\(path): --parameters is of hypernetworks; a sample file has its networks only")
        }
        return .samples(try SampledNetworks(contents, given: given))
      }
      guard given == nil else {
        throw ModelError(
          description:
            "\(path): a checkpoint has its own configuration; leave out --preset, --config and --set"
        )
      }
      let header = try CheckpointFile.readHeader(path)
      let configuration = try header.parsedConfiguration(of: path)
      guard configuration.problem == .networks, configuration.baseline.method != .none else {
        return .hypernetwork(try TrainedHypernetwork(reading: path, header, configuration, kind))
      }
      guard kind == nil else {
        throw ModelError(
          description:
            "\(path): --parameters is of hypernetworks; this is a checkpoint of a baseline")
      }
      return .members(try TrainedMembers(reading: path, header, configuration))
    }
  }

  /// As ``init(file:_:given:)``, of a file that may be of any kind: `fallback` is for a sample file that does not say what its networks were
  /// trained on, and `kind` for a hypernetwork's checkpoint. Local.
  public init(anyFile path: String, _ kind: ParameterKind?, fallback: Configuration?) throws {
    let contents = try CheckpointRescue.reading(path) { try SampleFile.contents(of: path) }
    try self.init(
      file: path, contents == nil ? kind : nil,
      given: contents.map { $0.header == nil } == true ? fallback : nil)
  }

  public var configuration: Configuration {
    switch content {
    case .hypernetwork(let trained): trained.configuration
    case .members(let trained): trained.configuration
    case .samples(let samples): samples.configuration
    }
  }

  /// What the networks are, in words.
  public var state: String {
    switch content {
    case .hypernetwork(let trained): trained.state
    case .members(let trained): trained.state
    case .samples(let samples): samples.origin
    }
  }

  /// What they were trained on, as JSON; nil where the file does not say.
  public var data: String? {
    switch content {
    case .hypernetwork(let trained): trained.header.data
    case .members(let trained): trained.header.data
    case .samples(let samples): samples.data
    }
  }

  /// Equal where the same was read: a checkpoint's state digest, or a digest of what a sample file says of itself.
  public var identity: String {
    switch content {
    case .hypernetwork(let trained): trained.header.stateDigest
    case .members(let trained): trained.header.stateDigest
    case .samples(let samples): samples.identity
    }
  }

  /// Of the images that the networks were trained on; nil where the file does not say.
  public var dataDigest: String? {
    switch content {
    case .hypernetwork(let trained): trained.header.dataDigest
    case .members(let trained): trained.header.dataDigest
    case .samples: nil
    }
  }

  /// Steps of the networks' training; nil where a file does not say.
  public var step: Int? {
    switch content {
    case .hypernetwork(let trained): trained.header.step
    case .members(let trained): trained.header.step
    case .samples(let samples): samples.step
    }
  }

  /// `last`, `average`, or `file` where networks are not generated.
  public var parameters: String {
    switch content {
    case .hypernetwork(let trained): trained.kind.rawValue
    case .members: ParameterKind.last.rawValue
    case .samples: "file"
    }
  }

  /// What `networks` networks took to be made; nil where a file does not say how they were.
  public func cost(networks: Int) throws -> NetworkCost? {
    try step.map { try NetworkCost(configuration, step: $0, networks: networks) }
  }

  public var target: TargetArchitecture {
    switch content {
    case .hypernetwork(let trained): trained.parameters.layout.target
    case .members(let trained): trained.target
    case .samples(let samples): samples.target
    }
  }

  /// Dimensions of the latents that a sample file of these networks has.
  public var latentSize: Int {
    switch content {
    case .hypernetwork(let trained): trained.parameters.layout.latentSize
    case .members(let trained): trained.latentSize
    case .samples(let samples): samples.latentSize ?? 1
    }
  }

  /// How many there are; nil: as many as are asked for.
  public var networkCount: Int? {
    switch content {
    case .hypernetwork: nil
    case .members(let trained): trained.networkCount
    case .samples(let samples): samples.count
    }
  }

  /// What a sample file of these networks has beside them, to map latents to others: views that last as long as this does.
  public var model: [CheckpointTensor] {
    switch content {
    case .hypernetwork: []
    case .members(let trained): MemberTensors.model(of: trained.members)
    case .samples(let samples): MemberTensors.model(of: samples.distribution?.members ?? [])
    }
  }

  /// Images of a batch from which normalizations take their statistics.
  public var statisticsBatch: Int { configuration.statisticsBatch }

  /// Hypernetworks generate on `threadCount` threads; of a sample file the first `count` networks are read, or all. Local.
  public func networks(first count: Int? = nil, threadCount: Int) throws -> any NetworkSource {
    switch content {
    case .hypernetwork(let trained):
      return HypernetworkSource(
        parameters: trained.parameters, gauge: trained.configuration.objectiveSettings.gauge,
        threadCount: threadCount)
    case .members(let trained):
      return MemberNetworks(
        trained.members, trained.configuration, target: trained.target, threadCount: threadCount)
    case .samples(let samples):
      let stored = try samples.networks(first: min(count ?? samples.count, samples.count))
      guard let drawn = samples.distribution else { return stored }
      return DrawnSamples(
        stored: stored,
        distribution: MemberNetworks(
          drawn.members, drawn.configuration, target: samples.target, threadCount: threadCount))
    }
  }
}
