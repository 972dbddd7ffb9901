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

  /// Its weights (D).
  public var weights: FloatView { values.view }

  /// Of `settings`, begun at step 0.
  public init(_ settings: MemberSettings, number: Int, target: TargetArchitecture, pool: WorkerPool)
  {
    seed = settings.seed &+ UInt64(number)
    values = SharedBuffer(count: target.weightCount)
    settings.initialization.fill(values.view, target: target, seed: seed)
    optimizer =
      switch settings.optimizer {
      case .sgd(let momentum, let weightDecay):
        .sgd(
          MomentumSGD(
            count: target.weightCount, pool: pool, momentum: momentum, weightDecay: weightDecay))
      case .adam: .adam(Adam(count: target.weightCount, pool: pool))
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
    let own =
      switch optimizer {
      case .sgd(let sgd): [("weights", weights), ("velocity", sgd.velocity)]
      case .adam(let adam):
        [("weights", weights), ("m", adam.firstMoment), ("v", adam.secondMoment)]
      }
    return own + (collector?.state ?? [])
  }
}
