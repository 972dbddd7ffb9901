// The learning rate of an ordinary network's training.

import Glibc
import Numerics

/// The rate at each step of networks that train alone.
public enum MemberRates: Sendable, Equatable {
  /// base(step) * factor^(drops before step): a schedule with drops behind given steps.
  case recipe(base: Schedule, drops: [Int], factor: Double)
  /// `initial` for half of `start` steps, then along a line to `final` at 0.9 `start`, and constant from there on: iterates from
  /// `start` on are averaged (Izmailov et al. 2018).
  case averaging(initial: Double, final: Double, start: Int)
  /// largest / 2 (1 + cos(pi t / length)), t = 0, 1 ... length - 1 in each cycle (Huang et al. 2017).
  case cycles(largest: Double, length: Int)

  /// The rate of a step, from 1 on.
  public func value(at step: Int) -> Double {
    switch self {
    case .recipe(let base, let drops, let factor):
      return base.value(at: step) * power(factor, drops.count { $0 < step })
    case .averaging(let initial, let final, let start):
      let place = Double(step - 1) / Double(max(1, start))
      return initial + (final - initial) * min(max((place - 0.5) / 0.4, 0), 1)
    case .cycles(let largest, let length):
      let place = Double((step - 1) % length) / Double(length)
      return largest / 2 * (1 + cos(Double.pi * place))
    }
  }

  /// Whether the rate at a step depends on how many steps there are.
  public var dependsOnLength: Bool {
    switch self {
    case .recipe(let base, _, _): base.dependsOnLength
    case .averaging, .cycles: true
    }
  }
}
