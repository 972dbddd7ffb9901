// The sets of images of one evaluation.

import Datasets

/// What `evaluate` runs networks on.
public struct EvaluationImages: Sendable {
  public var evaluated: LabeledImages
  /// What the temperature is fitted to; nil or empty: none is fitted.
  public var calibration: LabeledImages?
  /// Images of another kind, with a name.
  public var outliers: (name: String, images: LabeledImages)?

  public init(
    evaluated: LabeledImages, calibration: LabeledImages? = nil,
    outliers: (name: String, images: LabeledImages)? = nil
  ) {
    self.evaluated = evaluated
    self.calibration = calibration
    self.outliers = outliers
  }

  /// Images that each network is run on, `limit` of a set.
  public func passes(limit: Int?) -> Int {
    [evaluated.count, calibration?.count ?? 0, outliers?.images.count ?? 0]
      .reduce(0) { $0 + min(limit ?? $1, $1) }
  }
}
