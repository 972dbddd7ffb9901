// How many independently trained networks an ensemble is worth.

import Files

/// The size of a deep ensemble with the same calibrated log-likelihood (Ashukha et al., ICLR 2020):
///
///     size  = min { l >= 1 : mean_l >= value }
///     least = min { l >= 1 : mean_l + std_l >= value },   most = min { l >= 1 : mean_l - std_l >= value }
///
/// mean_l and std_l are the pool's ``EnsembleCurve`` of l networks, on a straight line between whole l. A value below that of one network
/// gives 1, however much worse it is; one that the whole pool does not reach gives nil: more than ``pool``.
public struct DeepEnsembleEquivalent: JSONRecord, Sendable, Equatable {
  public var size: Double?
  public var least: Double?
  public var most: Double?
  /// Networks of the pool.
  public var pool = 0

  public init() {}

  /// Of an ensemble with this likelihood. `curve` has every size from 1 to the pool's; nil where it has no likelihoods.
  public init?(of value: Double, curve: EnsembleCurve) {
    let points = curve.points
    guard !points.isEmpty, points.enumerated().allSatisfy({ $0.element.size == $0.offset + 1 }),
      points.allSatisfy({ $0.calibratedLogLikelihood != nil })
    else { return nil }
    func reaching(_ deviations: Double) -> Double? {
      Self.first(
        reaching: value,
        of: points.map { $0.calibratedLogLikelihood! + deviations * ($0.deviation ?? 0) })
    }
    (size, least, most) = (reaching(0), reaching(1), reaching(-1))
    pool = points.count
  }

  /// The least l of at least 1 at which the line through `values`, those of l = 1, 2 ..., is not below `value`.
  static func first(reaching value: Double, of values: [Double]) -> Double? {
    guard let place = values.firstIndex(where: { $0 >= value }) else { return nil }
    guard place > 0 else { return 1 }
    let (below, above) = (values[place - 1], values[place])
    return Double(place) + (value - below) / (above - below)
  }

  public static let fields = [
    JSONField("size", \Self.size), JSONField("least", \Self.least), JSONField("most", \Self.most),
    JSONField("pool", \Self.pool),
  ]
}
