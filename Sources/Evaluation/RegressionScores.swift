// How good the predictions of an ensemble of regressions are, and how well it knows.

import Glibc
import Numerics

/// Scores of the mixture of networks' predictions, over M images of K targets y, in the targets' units.
public struct RegressionScores: Sendable, Equatable {
  /// A central interval of the mixture: between its quantiles (1 - level) / 2 and (1 + level) / 2.
  public struct Interval: Sendable, Equatable {
    public let level: Double
    /// The fraction of targets that lie within.
    public let coverage: Double
    /// Mean over images and targets.
    public let width: Double
  }

  /// Targets of similar predicted deviation.
  public struct SpreadBin: Sendable, Equatable {
    /// Root of the mean predicted variance.
    public let deviation: Double
    /// Root of the mean square error of the mean prediction.
    public let rmse: Double
    public let count: Int
  }

  public static let intervalLevels = [0.5, 0.9, 0.95]
  /// 0.05, 0.1 ... 0.95.
  public static let calibrationLevels = (1...19).map { Double($0) / 20 }
  static let spreadBinCount = 10

  public let networkCount: Int
  /// Of the mean prediction, over images and targets.
  public let rmse: Double
  public let mae: Double
  /// Of each target.
  public let targetRMSE: [Double]
  /// Mean over images of minus the logarithm of the mixture's density at the image's targets: log of the mean over networks of the product over
  /// targets of their normal densities.
  public let nll: Double
  /// Mean over images and targets of ``NormalMixture/crps(_:)``.
  public let crps: Double
  public let intervals: [Interval]
  /// For each of ``calibrationLevels`` p, the fraction of targets below the mixture's quantile of p (Kuleshov, Fenner and Ermon 2018).
  public let calibration: [Double]
  /// Mean distance of ``calibration`` from its levels.
  public let calibrationError: Double
  /// Images' targets in order of the predicted deviation, cut into runs of equal length, the longer ones first.
  public let spread: [SpreadBin]
  /// Roots of the mean variance of the mixture, and of what of it the networks do not agree on.
  public let deviation: Double
  public let networkSpread: Double

  /// What is kept of an image, in this order: its log density, then for each target the columns.
  enum Column: Int, CaseIterable {
    case mean, variance, spreadVariance, crps, probability, width50, width90, width95
  }

  static func rowSize(targets: Int) -> Int { 1 + targets * Column.allCases.count }

  /// Overwrites an image's row, ``rowSize(targets:)`` numbers, with what the first `count` networks say of it.
  static func fill(
    _ row: DoubleView, _ predictions: MemberPredictions, first count: Int, image: Int,
    noise: [Double]?
  ) {
    let logs = (0..<count).map { predictions.logDensity($0, image, noise: noise) }
    let largest = logs.max()!
    row[0] = largest + log(logs.reduce(0) { $0 + exp($1 - largest) } / Double(count))
    for target in 0..<predictions.targetCount {
      let mixture = predictions.mixture(first: count, image, target, noise: noise)
      let observed = predictions.observed[image * predictions.targetCount + target]
      func set(_ column: Column, _ value: Double) {
        row[1 + target * Column.allCases.count + column.rawValue] = value
      }
      set(.mean, mixture.mean)
      set(.variance, mixture.variance)
      set(.spreadVariance, mixture.spreadVariance)
      set(.crps, mixture.crps(observed))
      set(.probability, mixture.probability(upTo: observed))
      for (column, level) in zip([Column.width50, .width90, .width95], intervalLevels) {
        set(column, mixture.quantile((1 + level) / 2) - mixture.quantile((1 - level) / 2))
      }
    }
  }

  /// Of the first `count` networks; `noise` is one deviation a target, where networks give no density.
  public init(_ predictions: MemberPredictions, first count: Int, noise: [Double]?) {
    let size = Self.rowSize(targets: predictions.targetCount)
    let rows = SharedBuffer<Double>(count: predictions.imageCount * size)
    for image in 0..<predictions.imageCount {
      Self.fill(
        rows.view.slice(image * size, size), predictions, first: count, image: image, noise: noise)
    }
    self.init(predictions, first: count, rows: rows.view)
  }

  /// From the rows of all images, (images, ``rowSize(targets:)``).
  init(_ predictions: MemberPredictions, first count: Int, rows: DoubleView) {
    let (images, targets) = (predictions.imageCount, predictions.targetCount)
    let size = Self.rowSize(targets: targets)
    /// One value for each image's targets.
    func column(_ column: Column) -> [Double] {
      (0..<images * targets).map { pair in
        rows[
          pair / targets * size + 1 + pair % targets * Column.allCases.count + column.rawValue]
      }
    }
    let errors = zip(column(.mean), predictions.observed).map { $0 - $1 }
    let variances = column(.variance)
    let probabilities = column(.probability)
    networkCount = count
    rmse = Statistics.mean(errors.map { $0 * $0 }).squareRoot()
    mae = Statistics.mean(errors.map { abs($0) })
    targetRMSE = (0..<targets).map { target in
      Statistics.mean(
        stride(from: target, to: errors.count, by: targets).map { errors[$0] * errors[$0] }
      )
      .squareRoot()
    }
    nll = -Statistics.mean((0..<images).map { rows[$0 * size] })
    crps = Statistics.mean(column(.crps))
    intervals = zip(Self.intervalLevels, [Column.width50, .width90, .width95]).map {
      level, width in
      Interval(
        level: level,
        coverage: Statistics.mean(probabilities.map { abs(2 * $0 - 1) <= level ? 1 : 0 }),
        width: Statistics.mean(column(width)))
    }
    calibration = Self.calibrationLevels.map { level in
      Statistics.mean(probabilities.map { $0 <= level ? 1 : 0 })
    }
    calibrationError = Statistics.mean(
      zip(calibration, Self.calibrationLevels).map { abs($0 - $1) })
    spread = Self.bins(variances, errors)
    deviation = Statistics.mean(variances).squareRoot()
    networkSpread = Statistics.mean(column(.spreadVariance)).squareRoot()
  }

  /// Equals in their own order.
  private static func bins(_ variances: [Double], _ errors: [Double]) -> [SpreadBin] {
    guard variances.allSatisfy(\.isFinite) else { return [] }
    let order = variances.indices.sorted { (variances[$0], $0) < (variances[$1], $1) }
    let count = min(spreadBinCount, order.count)
    var begin = 0
    return (0..<count).map { bin in
      let own = order[
        begin..<begin + order.count / count + (bin < order.count % count ? 1 : 0)]
      begin = own.endIndex
      func root(_ values: [Double]) -> Double {
        (own.reduce(0) { $0 + values[$1] } / Double(own.count)).squareRoot()
      }
      return SpreadBin(
        deviation: root(variances), rmse: root(errors.map { $0 * $0 }), count: own.count)
    }
  }
}
