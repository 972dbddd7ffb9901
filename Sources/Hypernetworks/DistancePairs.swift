// The distances that a nearest-neighbour search needs, each pair of samples once.

import Numerics

/// The pairs (i, j), i < j, of which one is a candidate of the other, for the samples whose neighbours
/// are sought, in the order of i, then j. A distance is the same in both directions, bit by bit.
final class DistancePairs {
  /// Pairs there are now, and the most there can be.
  private(set) var count = 0
  let capacity: Int
  private let rows: Range<Int>
  private let candidates: CandidateSets
  /// k: the neighbour that is chosen, 1 being the nearest.
  private let neighbour: Int
  /// (samples, k): each sample's k nearest candidates so far, ascending; numbers are -1 where there is none yet.
  private let nearestDistances: AlignedBuffer<Double>
  private let nearestNumbers: AlignedBuffer<Int32>
  /// (pairs, 2)
  private let pairs: AlignedBuffer<Int32>

  /// Running sums of `run` pairs for each thread.
  private let running: AlignedBuffer<Float>

  /// Pairs and columns that are worked on at a time: with 512 samples 1 MB of weights, and half as much
  /// of running sums, which a second-level cache holds.
  private static let run = 4_096
  private static let columns = 512

  /// The pairs that the search for the `neighbour`-th nearest of the samples `rows` needs.
  init(rows: Range<Int>, candidates: CandidateSets, neighbour: Int, threadCount: Int) {
    precondition(
      neighbour >= 1 && neighbour <= candidates.count,
      "DistancePairs: nearest neighbour number \(neighbour) among \(candidates.count) candidates")
    self.rows = rows
    self.candidates = candidates
    self.neighbour = neighbour
    nearestDistances = AlignedBuffer(count: candidates.sampleCount * neighbour)
    nearestNumbers = AlignedBuffer(count: candidates.sampleCount * neighbour)
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

  /// Overwrites the k-th nearest candidate of each sample in `rows` from the pairs' distances; of several
  /// as near, lower ones count as nearer. Cost: at most k comparisons a candidate.
  func choose(from distances: DoubleView, into nearest: NearestNeighbours) {
    nearestNumbers.view.fill(-1)
    for pair in 0..<count {
      let (i, j) = (Int(pairs[2 * pair]), Int(pairs[2 * pair + 1]))
      if seeks(i, j) { offer(j, to: i, at: distances[pair]) }
      if seeks(j, i) { offer(i, to: j, at: distances[pair]) }
    }
    for sample in rows {
      let last = (sample + 1) * neighbour - 1
      nearest.distances[sample] = nearestDistances[last]
      nearest.neighbours[sample] = nearestNumbers[last]
    }
  }

  /// Puts `other` among the nearest of `sample`, before those that are farther. A sample is offered its
  /// candidates in ascending order.
  @inline(__always)
  private func offer(_ other: Int, to sample: Int, at distance: Double) {
    let (first, end) = (sample * neighbour, (sample + 1) * neighbour)
    var place = end
    while place > first,
      nearestNumbers[place - 1] < 0 || distance < nearestDistances[place - 1]
    {
      place -= 1
    }
    if place == end { return }
    var slot = end - 1
    while slot > place {
      nearestDistances[slot] = nearestDistances[slot - 1]
      nearestNumbers[slot] = nearestNumbers[slot - 1]
      slot -= 1
    }
    nearestDistances[place] = distance
    nearestNumbers[place] = Int32(other)
  }
}
