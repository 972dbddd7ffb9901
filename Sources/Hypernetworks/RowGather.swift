// Rows of generators that a group's ranks divide, brought to all of them.

import Collectives
import Numerics

/// An all-gather of what each of a group's ranks has made of its rows of a shard's generators (``RowLeaves``), of those whose rows are cut.
///
/// Used from the main thread only; a run allocates nothing of ours.
final class RowGather {
  /// All rows of the shard, of every generator.
  let all: [RowBlock]

  private struct Source {
    let generator: Int
    let width: Int
    /// Rows of each rank of the group.
    let rows: [Range<Int>]
  }

  private let sources: [Source]
  private let gather: AllGather<Float>
  private let rank: Int
  private let gathered: AlignedBuffer<Float>
  private let buffers: [SharedBuffer<Float>]

  /// Numbers of a generator's rows: its inputs or their gradients, or its outputs.
  enum Numbers: Sendable { case inputs, outputs }

  /// `communicator` is the group's. `own`: this rank's rows of each generator; those of generators that are not cut are all there are.
  init(
    _ numbers: Numbers, _ generators: [Perceptron], _ group: RankGroup, _ plan: ShardPlan,
    own: [RowBlock], communicator: Communicator
  ) {
    rank = communicator.rank
    var (buffers, all, sources) = ([SharedBuffer<Float>](), own, [Source]())
    for (number, perceptron) in generators.enumerated() where perceptron.rowsPerLatent > 1 {
      let width = Self.width(numbers, perceptron)
      let rows = plan.samplesPerShard * perceptron.rowsPerLatent
      sources.append(
        Source(
          generator: number, width: width,
          rows: group.ranks.map { Self.rows(of: $0, group, plan, perceptron) }))
      let buffer = SharedBuffer<Float>(count: rows * width)
      buffers.append(buffer)
      all[number] = RowBlock(rows: 0..<rows, values: buffer.view)
    }
    self.sources = sources
    self.buffers = buffers
    self.all = all
    gather = AllGather(communicator, counts: Self.counts(numbers, generators, group, plan))
    gathered = AlignedBuffer(count: gather.totalCount)
  }

  /// Numbers of each of a group's ranks.
  static func counts(
    _ numbers: Numbers, _ generators: [Perceptron], _ group: RankGroup, _ plan: ShardPlan
  ) -> [Int] {
    group.ranks.map { rank in
      generators.reduce(0) { sum, perceptron in
        perceptron.rowsPerLatent == 1
          ? sum
          : sum + rows(of: rank, group, plan, perceptron).count * width(numbers, perceptron)
      }
    }
  }

  private static func width(_ numbers: Numbers, _ perceptron: Perceptron) -> Int {
    switch numbers {
    case .inputs: perceptron.inputWidth
    case .outputs: perceptron.outputWidth
    }
  }

  private static func rows(
    of rank: Int, _ group: RankGroup, _ plan: ShardPlan, _ perceptron: Perceptron
  ) -> Range<Int> {
    let slices = group.slices(of: rank)
    func start(_ slice: Int) -> Int {
      RowLeaves.start(
        slice, shardRows: plan.samplesPerShard * perceptron.rowsPerLatent, cuts: plan.sliceCount)
    }
    return start(slices.lowerBound)..<start(slices.upperBound)
  }

  /// Overwrites what of ``all`` is divided; `own` is as at the beginning. Collective.
  func run(_ own: [RowBlock]) throws(CollectiveError) {
    let block = gathered.view.slice(gather.block(of: rank))
    var place = 0
    for source in sources {
      let count = source.rows[rank].count * source.width
      block.slice(place, count).copy(from: own[source.generator].values.slice(0, count))
      place += count
    }
    try gather.run(block, into: gathered.view)
    place = 0
    for member in 0..<(sources.first?.rows.count ?? 0) {
      for source in sources {
        let rows = source.rows[member]
        let count = rows.count * source.width
        all[source.generator].values.slice(rows.lowerBound * source.width, count)
          .copy(from: gathered.view.slice(place, count))
        place += count
      }
    }
  }
}
