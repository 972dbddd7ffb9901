// Some of the weights of all samples, from which distances and gradients are computed.

import Numerics

/// A slice of the weights of a run of samples: what distances and gradients are computed from.
package struct WeightSlice: Sendable {
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
