// The networks of a baseline as an evaluation takes them.

import Configurations
import Evaluation
import Hypernetworks
import Numerics
import TargetNetworks

/// What the method makes of its members as they are at the time, after gauge fixing, as a hypernetwork's networks are.
public final class MemberNetworks: NetworkSource {
  public let target: TargetArchitecture
  private let configuration: Configuration
  private let members: [SharedBuffer<Float>]
  private let collectors: [any IterateCollector]
  private let gauge: GaugedWeights
  /// Of weight-noise.
  public let noisy: NoisyNetworks?
  /// Of average and gaussian-fit.
  private let fitted: FittedNetworks?

  public init(
    _ members: [Member], _ configuration: Configuration, target: TargetArchitecture,
    threadCount: Int
  ) {
    self.target = target
    self.configuration = configuration
    self.members = members.map(\.values)
    collectors = members.compactMap(\.collector)
    gauge = GaugedWeights(
      configuration.objective.gauge, target: target, threadCount: threadCount)
    let baseline = configuration.baseline
    noisy =
      baseline.method == .weightNoise
      ? NoisyNetworks(
        self.members, count: baseline.networks, seed: configuration.training.seed,
        noise: baseline.noise, gauge: gauge, target: target) : nil
    let (seed, size) = (configuration.training.seed, target.weightCount)
    fitted =
      switch baseline.method {
      case .average: FittedNetworks(networks: nil, seed: seed, weightCount: size)
      case .gaussianFit:
        FittedNetworks(networks: baseline.networks, seed: seed, weightCount: size)
      default: nil
      }
  }

  /// Fits what the method fits to the members as they are now. Local.
  public func fit() { fitted?.fit(members, gauge: gauge, target: target) }

  public var networkCount: Int? { drawn.count }

  public func generate(
    _ network: Int, _ request: EvaluationRequest, thread: Int, into weights: FloatView
  ) {
    drawn.fill(weights, network: network, thread: thread)
    gauge.fix(weights, thread: thread)
  }

  /// The members themselves until there is what the method draws from.
  private var drawn: any DrawnNetworks {
    let (baseline, seed) = (configuration.baseline, configuration.training.seed)
    let plain = KeptNetworks(weights: members)
    switch baseline.method {
    case .none, .sgd, .deepEnsemble: return plain
    case .sgdSampler, .snapshot:
      let kept = collectors.compactMap { $0 as? IterateStore }.flatMap(\.kept)
      return kept.isEmpty ? plain : KeptNetworks(weights: kept)
    case .swa:
      let means = collectors.compactMap { $0 as? IterateMoments }.filter { $0.count > 0 }
      return means.isEmpty ? plain : KeptNetworks(weights: means.map(\.mean))
    case .swag:
      let moments = collectors.compactMap { $0 as? IterateMoments }.filter { $0.count > 1 }
      return moments.isEmpty
        ? plain
        : GaussianNetworks(
          count: baseline.networks, seed: seed, scale: baseline.covarianceScale, moments: moments)
    case .weightNoise:
      // Its size may have to be found first.
      guard let noisy, noisy.noise > 0 else { return plain }
      return noisy
    case .average, .gaussianFit:
      guard let fitted, fitted.isFitted else { return plain }
      return fitted
    case .dropout:
      return MaskedNetworks(
        base: members, count: baseline.networks, seed: seed,
        mask: DropoutMask(target: target, probability: baseline.dropout))
    }
  }
}
