// Distances of listed pairs of weight vectors, a slice of the weights at a time.

import Host
import Numerics

/// Computes a slice's part of the distances of a list of pairs.
package struct PairDistances: Sendable {
  /// (pairs, 2): the samples of each pair.
  package let pairs: VectorView<Int32>
  let metric: DistanceMetric
  /// Running sums of `run` pairs for each thread.
  let running: FloatView
  let run: Int

  /// Pairs and columns that are worked on at a time: with 512 samples 1 MB of weights, and half as much
  /// of running sums, which a second-level cache holds.
  package static let longestRun = 4_096
  private static let columns = 512

  var count: Int { pairs.count / 2 }

  /// Overwrites `partial`, one number a pair, with a slice's part of the distances. Cost: 3 * pairs *
  /// width FLOPs; a run of pairs reads the slice from memory once.
  package func compute(_ slice: WeightSlice, into partial: DoubleView, thread: Int) {
    let width = DistanceKernels.runningCount
    let running = running.slice(thread * run * width, run * width)
    let whole = slice.width / 32 * 32
    var first = 0
    while first < count {
      let run = first..<min(count, first + self.run)
      running.fill(0)
      for column in stride(from: 0, to: whole, by: Self.columns) {
        let columns = column..<min(whole, column + Self.columns)
        for pair in run {
          let (a, b) = rows(of: pair, slice)
          DistanceKernels.accumulate(
            a.slice(columns), b.slice(columns), metric: metric,
            onto: running.slice((pair - first) * width, width))
        }
      }
      for pair in run {
        let (a, b) = rows(of: pair, slice)
        partial[pair] = DistanceKernels.total(
          running.slice((pair - first) * width, width), a.slice(whole..<slice.width),
          b.slice(whole..<slice.width), metric: metric)
      }
      first = run.upperBound
    }
  }

  @inline(__always)
  private func rows(of pair: Int, _ slice: WeightSlice) -> (FloatView, FloatView) {
    (slice.row(Int(pairs[2 * pair])), slice.row(Int(pairs[2 * pair + 1])))
  }
}
