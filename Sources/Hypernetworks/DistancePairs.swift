// The distances that a nearest-neighbour search needs, each pair of samples once.

import TensorCore

/// The pairs (i, j), i < j, of which one is a candidate of the other, for the samples whose neighbours
/// are sought, in the order of i, then j. A distance is the same in both directions, bit by bit.
final class DistancePairs {
  /// Pairs there are now, and the most there can be.
  private(set) var count = 0
  let capacity: Int
  private let rows: Range<Int>
  private let candidates: CandidateSets
  /// (pairs, 2)
  private let pairs: AlignedBuffer<Int32>

  /// Running sums of `run` pairs for each thread.
  private let running: AlignedBuffer<Float>

  /// Pairs and columns that are worked on at a time: with 512 samples 1 MB of weights, and half as much
  /// of running sums, which a second-level cache holds.
  private static let run = 4_096
  private static let columns = 512

  /// The pairs that the search for the neighbours of the samples `rows` needs.
  init(rows: Range<Int>, candidates: CandidateSets, threadCount: Int) {
    self.rows = rows
    self.candidates = candidates
    let others = candidates.sampleCount - rows.count
    capacity = min(
      rows.count * candidates.count, rows.count * others + rows.count * (rows.count - 1) / 2)
    pairs = AlignedBuffer(count: 2 * capacity)
    running = AlignedBuffer(
      count: threadCount * min(capacity, Self.run) * DistanceKernels.runningCount)
    update()
  }

  /// Lists the pairs anew after the candidates have changed. Cost: N * N look-ups.
  func update() {
    count = 0
    for i in 0..<candidates.sampleCount {
      for j in i + 1..<candidates.sampleCount where seeks(i, j) || seeks(j, i) {
        pairs[2 * count] = Int32(i)
        pairs[2 * count + 1] = Int32(j)
        count += 1
      }
    }
  }

  /// Whether the neighbour of `sample` is sought, and `other` may be it.
  @inline(__always)
  private func seeks(_ sample: Int, _ other: Int) -> Bool {
    rows.contains(sample) && candidates.contains(other, of: sample)
  }

  /// Overwrites `partial`, one number a pair, with a slice's part of the distances. Cost: 3 * pairs *
  /// width FLOPs; a run of pairs reads the slice from memory once.
  func partialDistances(
    _ slice: WeightSlice, metric: DistanceMetric, into partial: DoubleView, thread: Int
  ) {
    let width = DistanceKernels.runningCount
    let capacity = min(self.capacity, Self.run) * width
    let running = running.view.slice(thread * capacity, capacity)
    let whole = slice.width / 32 * 32
    var first = 0
    while first < count {
      let run = first..<min(count, first + Self.run)
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

  /// Overwrites the nearest candidate of each sample in `rows`, the lowest of several as near, from the
  /// pairs' distances.
  func choose(from distances: DoubleView, into nearest: NearestNeighbours) {
    for sample in rows { nearest.neighbours[sample] = -1 }
    for pair in 0..<count {
      let (i, j) = (Int(pairs[2 * pair]), Int(pairs[2 * pair + 1]))
      if seeks(i, j) { nearest.offer(j, to: i, at: distances[pair]) }
      if seeks(j, i) { nearest.offer(i, to: j, at: distances[pair]) }
    }
  }
}
