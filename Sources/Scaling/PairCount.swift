// How many distances a step's search for neighbours needs.

import Hypernetworks
import Numerics
import Synchronization

/// The pairs of samples whose distances all ranks add up, now and at most. Drawn once a step, whoever asks.
enum PairCount {
  private struct Key: Hashable {
    let samples: Int
    let committee: Int?
    let candidates: Int
    let neighbour: Int
    let seed: UInt64
    let step: Int
  }

  private static let known = Mutex<[Key: (now: Int, most: Int)]>([:])

  static func of(
    _ samples: Int, committee: Int?, _ objective: ObjectiveSettings, seed: UInt64, step: Int
  ) -> (now: Int, most: Int) {
    let key = Key(
      samples: samples, committee: committee, candidates: objective.candidates,
      neighbour: objective.neighbour, seed: seed, step: step)
    if let count = known.withLock({ $0[key] }) { return count }
    let sets = CandidateSets(
      sampleCount: samples, committee: committee, count: objective.candidates, seed: seed)
    let pairs = DistancePairs(
      rows: 0..<samples, candidates: sets, neighbour: objective.neighbour,
      metric: objective.metric, threadCount: 1)
    if sets.isRandom {
      sets.draw(step: step)
      pairs.update()
    }
    let count = (pairs.count, pairs.capacity)
    known.withLock { $0[key] = count }
    return count
  }
}
