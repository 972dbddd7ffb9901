// The diversity term's part of a step's metrics.

/// What a diversity term reports of a minibatch.
public struct DiversityReport: Sendable {
  /// The term's value in the objective.
  public var loss = 0.0
  /// Kozachenko-Leonenko estimate in nats, its constants dropped; see ``EntropyTerm``.
  public var entropy = Double.nan
  /// Mean and smallest distance of a sample to its k-th nearest other one.
  public var nearestMean = Double.nan
  public var nearestMinimum = Double.nan
  /// The first sample whose distance is not finite.
  public var sampleWithoutDistance: Int?

  public init() {}

  /// Takes the loss from an entropy of outputs, whose own distances are not reported.
  mutating func take(_ outputs: DiversityReport) {
    loss = outputs.loss
    sampleWithoutDistance = sampleWithoutDistance ?? outputs.sampleWithoutDistance
  }

  /// A report whose distances are yet to be counted in.
  static func counting() -> DiversityReport {
    var report = DiversityReport()
    (report.nearestMean, report.nearestMinimum) = (0, .infinity)
    return report
  }
}
