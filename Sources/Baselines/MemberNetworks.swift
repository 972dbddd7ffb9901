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
  /// Of a trained distribution; with room for each thread.
  private let model: (any WeightModel)?
  private let rooms: [WeightModelRoom]

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
    let model = configuration.weightModel(target)
    self.model = model
    rooms =
      model.map { model in
        (0..<threadCount).map { _ in WeightModelRoom(model, target: target) }
      } ?? []
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

  public var networkCount: Int? { model == nil ? drawn.count : nil }
  public var latentSize: Int? { model?.latentSize }
  /// Of several distributions, no latent says which one it belongs to.
  public var mapsLatents: Bool { model != nil && members.count == 1 }

  public func generate(
    _ network: Int, _ request: EvaluationRequest, thread: Int, into weights: FloatView
  ) {
    if model != nil {
      let latent = rooms[thread].latent
      fillLatent(latent, network, request)
      generate(from: latent, of: network % members.count, thread: thread, into: weights)
    } else {
      drawn.fill(weights, network: network, thread: thread)
      gauge.fix(weights, thread: thread)
    }
  }

  public func fillLatent(_ latent: FloatView, _ network: Int, _ request: EvaluationRequest) {
    guard let model else { return latent.fill(.nan) }
    model.fillLatent(
      latent, CounterRandom(seed: request.seed, purpose: request.purpose, minor: network))
  }

  public func generate(from latent: FloatView, thread: Int, into weights: FloatView) {
    generate(from: latent, of: 0, thread: thread, into: weights)
  }

  private func generate(
    from latent: FloatView, of member: Int, thread: Int, into weights: FloatView
  ) {
    rooms[thread].generate(weights, from: latent, members[member].view)
    gauge.fix(weights, thread: thread)
  }

  /// The members themselves until there is what the method draws from.
  private var drawn: any DrawnNetworks {
    let (baseline, seed) = (configuration.baseline, configuration.training.seed)
    let plain = KeptNetworks(weights: members)
    switch baseline.method {
    case .none, .sgd, .deepEnsemble, .mnfg, .bhn: return plain
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
