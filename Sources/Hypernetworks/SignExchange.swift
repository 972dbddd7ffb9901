// The way home of an l1 distance's gradients, as signs.

import Collectives
import Host
import Numerics

/// Brings gradients of ``SlicedExchange`` home in two bits a weight and term instead of 32 bits a weight: each rank sends the signs of its columns, and who
/// has the sample multiplies them by the coefficients and adds them up, the same additions in the same order.
final class SignExchange {
  private let plan: ShardPlan
  private let pool: WorkerPool
  private let clock: PhaseClock
  private let samples: Range<Int>
  private let weightCount: Int
  private let terms: SignTerms
  /// Each rank's columns.
  private let columns: [Range<Int>]
  private let rank: Int
  private let home: AllToAll<Float>
  /// Words of all terms, (terms, words of own columns).
  private let outgoing: AlignedBuffer<Float>
  /// For each thread, a sample's gradient by one rank's columns.
  private let scratch: AlignedBuffer<Float>

  init(
    plan: ShardPlan, communicator: Communicator, columns: [Range<Int>], weightCount: Int,
    pool: WorkerPool, clock: PhaseClock
  ) {
    self.plan = plan
    self.pool = pool
    self.clock = clock
    self.columns = columns
    self.weightCount = weightCount
    rank = communicator.rank
    samples = plan.samples(of: rank)
    terms = SignTerms(plan, weightCount: weightCount)
    let words = DifferenceSigns.wordCount(columns[rank].count)
    home = AllToAll(
      communicator, sendCounts: columns.map { _ in 0 }, receiveCounts: columns.map { _ in 0 })
    outgoing = AlignedBuffer(count: 2 * plan.sampleCount * words)
    scratch = AlignedBuffer(count: pool.threadCount * (columns.map(\.count).max() ?? 0))
  }

  /// Takes what has been found, the same on every rank; returns whether signs are less to send than gradients.
  func takes(_ nearest: NearestNeighbours) -> Bool {
    terms.update(nearest)
    return terms.areFew
  }

  /// Adds the gradient to `gradient`, (local samples, D).
  ///
  /// - Parameters:
  ///   - weights: (all samples, own columns).
  ///   - incoming: overwritten; at least (local samples, D).
  func run(
    _ nearest: NearestNeighbours, weights: FloatView, coefficients: FloatView,
    incoming: FloatView, to gradient: FloatView
  ) throws(CollectiveError) {
    let own = columns[rank].count
    let words = DifferenceSigns.wordCount(own)
    pool.forEach(
      plan.sampleCount,
      PackSigns(
        exchange: self, nearest: nearest,
        weights: WeightSlice(storage: weights, stride: own, offset: 0, width: own),
        words: words))
    let count = terms.terms(of: samples).count
    home.setCounts(
      sending: { terms.terms(of: plan.samples(of: $0)).count * words },
      receiving: { count * DifferenceSigns.wordCount(columns[$0].count) })
    try clock.communicate(home.run(outgoing.view, into: incoming.slice(0, home.receiveCount)))
    pool.forEach(
      samples.count * plan.rankCount,
      AddSigns(
        exchange: self, coefficients: coefficients, incoming: incoming, gradient: gradient))
  }

  private struct PackSigns: LoopBody, @unchecked Sendable {
    let exchange: SignExchange
    let nearest: NearestNeighbours
    let weights: WeightSlice
    let words: Int

    func callAsFunction(_ sample: Int, _ thread: Int) {
      func place(_ term: Int) -> FloatView {
        exchange.outgoing.view.slice(term * words, words)
      }
      let own = place(exchange.terms.own(of: sample))
      DifferenceSigns.pack(
        weights.row(sample), weights.row(Int(nearest.neighbours[sample])), into: own)
      place(exchange.terms.asked(by: sample)).copy(from: own)
    }
  }

  /// The gradient of one local sample by one rank's columns.
  private struct AddSigns: LoopBody, @unchecked Sendable {
    let exchange: SignExchange
    let coefficients: FloatView
    let incoming: FloatView
    let gradient: FloatView

    func callAsFunction(_ index: Int, _ thread: Int) {
      let (local, rank) = (index / exchange.columns.count, index % exchange.columns.count)
      let columns = exchange.columns[rank]
      let words = DifferenceSigns.wordCount(columns.count)
      let first = exchange.terms.terms(of: exchange.samples).lowerBound
      let block = exchange.home.receiveBlock(from: rank).lowerBound
      let terms = exchange.terms.terms(of: exchange.samples.lowerBound + local)
      let sum = exchange.scratch.view.slice(
        thread * exchange.scratch.count / exchange.pool.threadCount, columns.count)
      for term in terms {
        let isOwn = term == terms.lowerBound
        let coefficient = coefficients[exchange.terms.asker(of: term)]
        DifferenceSigns.expand(
          incoming.slice(block + (term - first) * words, words),
          times: isOwn ? coefficient : -coefficient, into: sum, accumulate: !isOwn)
      }
      VectorMath.add(
        sum, times: 1,
        to: gradient.slice(local * exchange.weightCount + columns.lowerBound, columns.count))
    }
  }
}
