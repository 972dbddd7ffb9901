// What several networks have in common, weight by weight.

import Hypernetworks
import Numerics
import TargetNetworks

/// The mean of K networks, or networks drawn from a normal distribution of each weight around it: theta = mean + deviation o n, deviation^2 the
/// mean of squares around the mean. The networks are taken after gauge fixing, with the filters of all but the first in the order in which they
/// are most like the first one's (``FilterMatching``).
final class FittedNetworks: DrawnNetworks {
  let count: Int
  private let seed: UInt64
  /// nil: the mean alone.
  private let deviations: SharedBuffer<Float>?
  private let mean: SharedBuffer<Float>
  private let fitted = SharedBuffer<UInt8>(count: 1)

  /// `networks` drawn ones; nil: the mean.
  init(networks: Int?, seed: UInt64, weightCount: Int) {
    count = networks ?? 1
    self.seed = seed
    mean = SharedBuffer(count: weightCount)
    deviations = networks.map { _ in SharedBuffer(count: weightCount) }
  }

  /// Whether there has been a fit.
  var isFitted: Bool { fitted.view[0] == 1 }

  /// Takes the networks as they are now. Local.
  func fit(_ networks: [SharedBuffer<Float>], gauge: GaugedWeights, target: TargetArchitecture) {
    let matching = FilterMatching(target: target)
    let aligned = networks.map { network in
      let own = SharedBuffer<Float>(count: mean.view.count)
      own.view.copy(from: network.view)
      gauge.fix(own.view, thread: 0)
      return own
    }
    for other in aligned.dropFirst() { matching.match(other.view, to: aligned[0].view) }
    for index in 0..<mean.view.count {
      let values = aligned.map { Double($0.view[index]) }
      let center = Statistics.mean(values)
      mean.view[index] = Float(center)
      let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
      deviations?.view[index] = Float((squares / Double(values.count)).squareRoot())
    }
    fitted.view[0] = 1
  }

  func fill(_ weights: FloatView, network: Int, thread: Int) {
    weights.copy(from: mean.view)
    guard let deviations else { return }
    let random = CounterRandom(seed: seed, purpose: .memberDraws, major: network)
    for index in 0..<weights.count {
      weights[index] += deviations.view[index] * random.normal(index)
    }
  }
}
