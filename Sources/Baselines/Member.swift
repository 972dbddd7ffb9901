// One of the networks that a baseline trains.

import Host
import Numerics
import Optimizers
import TargetNetworks

/// A network in training, with its optimizer. Number k of a run with seed s is the network of seed s + k: that of any other
/// run in which this sum is the same.
public final class Member {
  /// The optimizer, with its state.
  private enum Optimizer {
    case sgd(MomentumSGD)
    case adam(Adam)
  }

  public let seed: UInt64
  let values: SharedBuffer<Float>
  private let optimizer: Optimizer
  let collector: (any IterateCollector)?
  /// What makes networks of the values; nil where these are a network's weights.
  public let model: (any WeightModel)?

  /// What is trained: its weights (D), or its model's parameters.
  public var weights: FloatView { values.view }

  /// Of `settings`, begun at step 0.
  public init(
    _ settings: MemberSettings, number: Int, target: TargetArchitecture,
    model: (any WeightModel)? = nil, pool: WorkerPool
  ) {
    seed = settings.seed &+ UInt64(number)
    self.model = model
    let count = model?.layout.count ?? target.weightCount
    values = SharedBuffer(count: count)
    if let model {
      model.initialize(values.view, seed: seed)
    } else {
      settings.initialization.fill(values.view, target: target, seed: seed)
    }
    optimizer =
      switch settings.optimizer {
      case .sgd(let momentum, let weightDecay):
        .sgd(
          MomentumSGD(count: count, pool: pool, momentum: momentum, weightDecay: weightDecay))
      case .adam: .adam(Adam(count: count, pool: pool))
      }
    collector =
      switch settings.kept {
      case .nothing: nil
      case .iterates(let steps): IterateStore(steps: steps, weightCount: target.weightCount)
      case .moments(let first, let every, let deviations):
        IterateMoments(
          first: first, every: every, deviationCount: deviations, weightCount: target.weightCount)
      }
  }

  /// Makes step `step`, from 1 on, by `gradient` (D, read).
  public func update(gradient: FloatView, rate: Float, step: Int) {
    switch optimizer {
    case .sgd(let sgd): sgd.update(weights, gradient: gradient, rate: rate)
    case .adam(let adam): adam.update(weights, gradient: gradient, rate: rate, step: step)
    }
  }

  /// Lets what is kept of its iterates take in what it is after step `step`.
  public func keep(step: Int) { collector?.take(weights, step: step) }

  /// All that its training goes on from, by name.
  public var state: [(name: String, values: FloatView)] {
    let trained =
      model.map { model in
        model.layout.entries.map { ("parameters/\($0.name)", weights.slice($0.range)) }
      } ?? [("weights", weights)]
    let moments =
      switch optimizer {
      case .sgd(let sgd): [("velocity", sgd.velocity)]
      case .adam(let adam): [("m", adam.firstMoment), ("v", adam.secondMoment)]
      }
    return trained + moments + (collector?.state ?? [])
  }
}
