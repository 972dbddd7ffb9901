// The learning rate of an ordinary network's training.

import Numerics

/// base(step) * dropFactor^(drops before step): a schedule with drops behind given steps.
public struct MemberRates: Sendable, Equatable {
  public var base: Schedule
  /// Steps after which the rate drops.
  public var drops: [Int]
  public var dropFactor: Double

  public init(base: Schedule, drops: [Int], dropFactor: Double) {
    self.base = base
    self.drops = drops
    self.dropFactor = dropFactor
  }

  /// The rate of a step, from 1 on.
  public func value(at step: Int) -> Double {
    base.value(at: step) * power(dropFactor, drops.count { $0 < step })
  }

  /// Whether the rate at a step depends on how many steps there are.
  public var dependsOnLength: Bool { base.dependsOnLength }
}
