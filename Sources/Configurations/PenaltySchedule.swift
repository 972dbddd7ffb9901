// How much the distance from a prior counts at each step.

/// A factor that is 0 for `from` steps, rises along a line for `warmup` steps, and stays.
public struct PenaltySchedule: Sendable, Equatable {
  public var weight = 1.0
  public var from = 0
  public var warmup = 0

  public init(weight: Double = 1, from: Int = 0, warmup: Int = 0) {
    self.weight = weight
    self.from = from
    self.warmup = warmup
  }

  /// The factor at a step, from 1 on.
  public func value(at step: Int) -> Double {
    guard warmup > 0 else { return step > from ? weight : 0 }
    return weight * min(max(Double(step - from) / Double(warmup), 0), 1)
  }
}
