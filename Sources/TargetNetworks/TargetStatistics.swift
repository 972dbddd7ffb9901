// Means and variances for the normalizations of a network in use.

import Numerics

/// What normalizations use outside training, from sums of batches' means and mean squares.
public enum TargetStatistics {
  /// mean = E[x], variance = E[x^2] - E[x]^2 over all images of `batches` equal batches: the variance
  /// within batches and that between their means.
  ///
  /// - Parameters:
  ///   - sums: as ``StatisticsEngine/addMoments(images:to:)`` leaves them, read.
  ///   - statistics: overwritten; architecture.statisticCount, block by block means, then variances.
  public static func take(
    _ sums: DoubleView, batches: Int, architecture: TargetArchitecture, into statistics: FloatView
  ) {
    precondition(
      batches > 0 && sums.count == architecture.statisticCount && statistics.count == sums.count,
      "TargetStatistics: \(sums.count) sums of \(batches) batches for "
        + "\(architecture.statisticCount) statistics")
    for block in architecture.blocks where block.isNormalized {
      for slot in block.statisticOffset..<block.statisticOffset + block.filterCount {
        let mean = sums[slot] / Double(batches)
        let square = sums[slot + block.filterCount] / Double(batches)
        statistics[slot] = Float(mean)
        statistics[slot + block.filterCount] = Float(max(0, square - mean * mean))
      }
    }
  }
}
