// Some of the weights of all samples, as a rank holds them.

import Numerics

/// The weights `columns` of a run of samples, (samples, columns).
struct WeightColumns: Sendable {
  let storage: FloatView
  let columns: Range<Int>

  /// A range of the weights that lies within these columns.
  func slice(_ range: Range<Int>) -> WeightSlice {
    WeightSlice(
      storage: storage, stride: columns.count, offset: range.lowerBound - columns.lowerBound,
      width: range.count)
  }
}
