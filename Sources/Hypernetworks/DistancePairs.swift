// The distances that a nearest-neighbour search needs, each pair of samples once.

import Numerics

/// The pairs (i, j), i < j, of which one is a candidate of the other, for the samples whose neighbours
/// are sought, in the order of i, then j. A distance is the same in both directions, bit by bit.
package final class DistancePairs {
  /// Pairs there are now, and the most there can be.
  package private(set) var count = 0
  package let capacity: Int
  private let rows: Range<Int>
  private let candidates: CandidateSets
  /// k: the neighbour that is chosen, 1 being the nearest.
  private let neighbour: Int
  /// (samples, k): each sample's k nearest candidates so far, ascending; numbers are -1 where there is none yet.
  private let nearestDistances: AlignedBuffer<Double>
  private let nearestNumbers: AlignedBuffer<Int32>
  /// (pairs, 2)
  private let pairs: AlignedBuffer<Int32>
  private let metric: DistanceMetric
  private let run: Int
  /// Running sums of `run` pairs for each thread.
  private let running: AlignedBuffer<Float>

  /// The pairs that the search for the `neighbour`-th nearest of the samples `rows` needs.
  package init(
    rows: Range<Int>, candidates: CandidateSets, neighbour: Int, metric: DistanceMetric,
    threadCount: Int
  ) {
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
    self.metric = metric
    run = min(capacity, PairDistances.longestRun)
    running = AlignedBuffer(count: threadCount * run * DistanceKernels.runningCount)
    update()
  }

  /// Lists the pairs anew after the candidates have changed. Cost: N * N look-ups.
  package func update() {
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

  /// The distances of the pairs there are now.
  package var distances: PairDistances {
    PairDistances(
      pairs: pairs.view.slice(0, 2 * count), metric: metric, running: running.view, run: run)
  }

  /// Overwrites the k-th nearest candidate of each sample in `rows` from the pairs' distances; of several
  /// as near, lower ones count as nearer. Cost: at most k comparisons a candidate.
  package func choose(from distances: DoubleView, into nearest: NearestNeighbours) {
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
