// What a search for nearest neighbours finds.

import Numerics

/// Who is whose nearest neighbour, on every rank the same.
package struct NearestNeighbours: Sendable {
  /// Distance of each sample to its k-th nearest candidate.
  let distances: DoubleView
  /// That sample's number.
  let neighbours: VectorView<Int32>

  package init(distances: DoubleView, neighbours: VectorView<Int32>) {
    self.distances = distances
    self.neighbours = neighbours
  }
}
