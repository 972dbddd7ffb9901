// How well more cores are used, and how sure that is.

import Numerics

/// T_0 C_0 / (T C) of a strong study, T_0 / T of a weak one: T seconds of a step on C cores, 0 the base.
public struct Efficiency: Sendable, Equatable {
  public let value: Double
  /// Where 95 % of bootstrapped values lie: both times are taken as medians of as many rounds, drawn with replacement, as there are. NaN of
  /// fewer than two rounds.
  public let low: Double
  public let high: Double

  /// - Parameters:
  ///   - rounds: seconds of the base and of the point in the rounds that have both, which saw the same machine.
  ///   - work: C_0 / C in a strong study, 1 in a weak one.
  public init(rounds: [(base: Double, point: Double)], work: Double) {
    func efficiency(_ rounds: [(base: Double, point: Double)]) -> Double {
      rounds.isEmpty
        ? .nan : work * Self.median(rounds.map(\.base)) / Self.median(rounds.map(\.point))
    }
    value = efficiency(rounds)
    guard rounds.count > 1 else {
      (low, high) = (.nan, .nan)
      return
    }
    let values = (0..<Self.drawCount).map { draw in
      let random = CounterRandom(seed: 0, purpose: .bootstrap, major: draw)
      return efficiency(rounds.indices.map { rounds[random.integer($0, below: rounds.count)] })
    }.sorted()
    low = values[Int(0.025 * Double(Self.drawCount))]
    high = values[Int(0.975 * Double(Self.drawCount))]
  }

  private static let drawCount = 10_000

  /// The middle of the values; of two middles their mean. There is at least one.
  static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
