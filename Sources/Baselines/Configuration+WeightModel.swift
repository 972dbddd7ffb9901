// Which distribution of weights a method trains.

import Configurations
import TargetNetworks

extension Configuration {
  /// The distribution of `target`'s weights that the baseline trains; nil where it trains weights themselves.
  public func weightModel(_ target: TargetArchitecture) -> (any WeightModel)? {
    switch baseline.method {
    case .mnfg: MultiplicativeFlows(target: target, settings: baseline.flows)
    case .bhn: RandomGains(target: target, settings: baseline.gains)
    default: nil
    }
  }
}
