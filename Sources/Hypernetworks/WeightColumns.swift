// Some of the weights of all samples, as a rank holds them.

import Numerics

/// The weights `columns` of a run of samples, (samples, columns).
package struct WeightColumns: Sendable {
  let storage: FloatView
  let columns: Range<Int>

  package init(storage: FloatView, columns: Range<Int>) {
    self.storage = storage
    self.columns = columns
  }

  /// A range of the weights that lies within these columns.
  package func slice(_ range: Range<Int>) -> WeightSlice {
    WeightSlice(
      storage: storage, stride: columns.count, offset: range.lowerBound - columns.lowerBound,
      width: range.count)
  }
}
