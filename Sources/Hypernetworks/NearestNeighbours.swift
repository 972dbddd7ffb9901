import Numerics

/// Who is whose nearest neighbour, on every rank the same.
struct NearestNeighbours: Sendable {
  /// Distance of each sample to its k-th nearest candidate.
  let distances: DoubleView
  /// That sample's number.
  let neighbours: VectorView<Int32>
}
