// What the two exchanges of weight vectors have in common.

import Collectives
import Numerics

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
