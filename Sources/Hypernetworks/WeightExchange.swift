// What the two exchanges of weight vectors have in common.

import Collectives
import TensorCore

/// Who is whose nearest neighbour, on every rank the same.
struct NearestNeighbours {
  /// Distance of each sample to its k-th nearest candidate.
  let distances: DoubleView
  /// That sample's number.
  let neighbours: VectorView<Int32>
}

/// A way for ranks to find the k-th nearest neighbours among candidates' weight vectors and to compute the
/// gradient of a function of the nearest distances. Both ways give the same bits: partial distances are
/// taken over `shardCount` fixed slices of the weights and summed along the reduction tree, and a
/// gradient's terms are added in one order.
protocol WeightExchange: AnyObject {
  /// Sets off with this rank's weight vectors, (local samples, D), which stay untouched until the
  /// gradient is done. Collective.
  func start(_ weights: FloatView) throws(CollectiveError)
  /// Lets a started exchange move on. Local.
  func progress() throws(CollectiveError)
  /// Overwrites `nearest` by the candidates of the time of ``start(_:)``. Collective.
  func findNearest(_ nearest: NearestNeighbours) throws(CollectiveError)
  /// Adds to `gradient`, (local samples, D), for each local sample i with neighbour j:
  /// c_i * d dist(i, j) / d theta_i + sum over k whose neighbour is i of c_k * d dist(k, i) / d theta_i,
  /// k ascending. `coefficients` holds c_i, under l2 divided by the distance. Collective.
  func addGradient(_ nearest: NearestNeighbours, coefficients: FloatView, to gradient: FloatView)
    throws(CollectiveError)
}

/// A slice of the weights of a run of samples: what distances and gradients are computed from.
struct WeightSlice {
  /// (samples, stride): the slice begins `offset` elements into each row.
  let storage: FloatView
  let stride: Int
  let offset: Int
  let width: Int

  func row(_ sample: Int) -> FloatView { storage.slice(sample * stride + offset, width) }

  /// Overwrites `target` with this slice of sample i's gradient; see ``WeightExchange``.
  func gradient(
    of i: Int, _ nearest: NearestNeighbours, coefficients: FloatView, metric: DistanceMetric,
    into target: FloatView
  ) {
    DistanceKernels.gradient(
      row(i), row(Int(nearest.neighbours[i])), times: coefficients[i], metric: metric,
      into: target, accumulate: false)
    for k in 0..<nearest.neighbours.count where Int(nearest.neighbours[k]) == i {
      DistanceKernels.gradient(
        row(i), row(k), times: coefficients[k], metric: metric, into: target, accumulate: true)
    }
  }
}
