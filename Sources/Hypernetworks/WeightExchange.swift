// What the two exchanges of weight vectors have in common.

import Collectives
import TensorCore

/// Who is whose nearest neighbour, on every rank the same.
struct NearestNeighbours {
  /// Distance of each sample to its nearest other sample.
  let distances: DoubleView
  /// That sample's number; the lowest where several are as near.
  let neighbours: VectorView<Int32>

  /// Takes the nearest other sample of `sample` from its distances to all samples.
  func choose(for sample: Int, from row: DoubleView) {
    var best = sample == 0 ? 1 : 0
    for other in 0..<row.count where other != sample && row[other] < row[best] { best = other }
    distances[sample] = row[best]
    neighbours[sample] = Int32(best)
  }
}

/// A way for ranks to find nearest neighbours among all samples' weight vectors and to compute the
/// gradient of a function of the nearest distances. Both ways give the same bits: partial distances are
/// taken over `shardCount` fixed slices of the weights and summed along the reduction tree, and a
/// gradient's terms are added in one order.
protocol WeightExchange: AnyObject {
  /// Sets off with this rank's weight vectors, (local samples, D), which stay untouched until the
  /// gradient is done. Collective.
  func start(_ weights: FloatView) throws(CollectiveError)
  /// Lets a started exchange move on. Local.
  func progress() throws(CollectiveError)
  /// Overwrites `nearest`. Collective.
  func findNearest(_ nearest: NearestNeighbours) throws(CollectiveError)
  /// Adds to `gradient`, (local samples, D), for each local sample i with nearest neighbour j:
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

  /// Overwrites `partial`, (rows, all samples), with this slice's part of the distances from the
  /// samples `rows` to all `sampleCount` samples. The diagonal stays 0.
  func partialDistances(
    rows: Range<Int>, sampleCount: Int, metric: DistanceMetric, into partial: DoubleView
  ) {
    let all = rows.count == sampleCount
    for i in rows {
      let own = (i - rows.lowerBound) * sampleCount
      for j in (all ? i + 1 : 0)..<sampleCount where j != i {
        let distance = DistanceKernels.partial(row(i), row(j), metric: metric)
        partial[own + j] = distance
        if all { partial[j * sampleCount + i] = distance }
      }
    }
  }

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
