// How well a score tells images of another kind from those a network was trained for.

/// A score's power to tell outliers (the positives, whose scores should be higher) from the rest. Images of
/// equal score are decided alike.
public struct OutlierDetection: Sendable, Equatable {
  /// Area under the curve of true against false positives: the probability that an outlier has a higher
  /// score than another image, equals counting half.
  public let auroc: Double
  /// Average precision: sum over thresholds, falling, of (recall_n - recall_(n-1)) * precision_n.
  public let aupr: Double
  /// The false positive rate at the highest threshold that finds at least 95 % of the outliers.
  public let fpr95: Double

  /// Both lists are not empty. Where a score is not a number, the figures are none either.
  public init(inliers: [Double], outliers: [Double]) {
    precondition(!inliers.isEmpty && !outliers.isEmpty, "OutlierDetection: no images")
    guard !(inliers + outliers).contains(where: \.isNaN) else {
      (auroc, aupr, fpr95) = (.nan, .nan, .nan)
      return
    }
    let all = (inliers.map { ($0, 0) } + outliers.map { ($0, 1) }).sorted { $0.0 > $1.0 }
    let (negatives, positives) = (inliers.count, outliers.count)
    var (found, alarms) = (0, 0)
    /// Twice the area, in whole numbers of pairs.
    var doubledArea = 0
    var precisionSum = 0.0
    var fpr95: Double?
    var index = 0
    while index < all.count {
      let score = all[index].0
      var (newFound, newAlarms) = (0, 0)
      while index < all.count && all[index].0 == score {
        newFound += all[index].1
        newAlarms += 1 - all[index].1
        index += 1
      }
      doubledArea += newAlarms * (2 * found + newFound)
      found += newFound
      alarms += newAlarms
      precisionSum += Double(newFound) * Double(found) / Double(found + alarms)
      if fpr95 == nil && 20 * found >= 19 * positives {
        fpr95 = Double(alarms) / Double(negatives)
      }
    }
    auroc = Double(doubledArea) / 2 / (Double(negatives) * Double(positives))
    aupr = precisionSum / Double(positives)
    self.fpr95 = fpr95 ?? 1
  }
}
