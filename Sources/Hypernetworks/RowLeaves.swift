// The rows of a perceptron's batch that a rank has, and the sums they belong to.

import Numerics

/// A rank's rows of a perceptron's minibatch in runs, each within one leaf of the sums over rows.
///
/// A shard has n = samples x rows a latent. Where they are cut into S slices, slice k is rows k n / S ..< (k + 1) n / S (rounded down; some are empty where rows
/// are fewer), and a leaf each. A perceptron with one row a latent is not cut: ranks that share a shard have all its rows, of which the owner's alone count.
struct RowLeaves: Sendable {
  /// Rows of a shard.
  let shardRows: Int
  /// Runs of a shard.
  let cuts: Int
  /// The rank's runs, numbered through all shards.
  let runs: Range<Int>
  /// Where the sums of run k belong: k * step, or behind all leaves where they do not count.
  private let step: Int
  /// Where sums go that nobody takes; nil where all count.
  private let unused: Int?

  /// - Parameters:
  ///   - sums: what the rank's rows are summed along.
  init(rowsPerLatent: Int, plan: ShardPlan, sums: SumPlan, rank: Int) {
    shardRows = plan.samplesPerShard * rowsPerLatent
    let leaves = sums.leaves(of: rank)
    let isCut = rowsPerLatent > 1 && sums.tree.grain > 1
    cuts = isCut ? sums.tree.grain : 1
    step = isCut ? 1 : sums.tree.grain
    let shards =
      plan.group(of: rank).map { $0.shard..<$0.shard + 1 } ?? plan.shards(of: rank)
    runs = isCut ? leaves : shards
    unused = isCut || !plan.shards(of: rank).isEmpty ? nil : leaves.count
  }

  /// All shards' rows, uncut.
  init(shardRows: Int, shards: Int) {
    self.shardRows = shardRows
    cuts = 1
    runs = 0..<shards
    step = 1
    unused = nil
  }

  /// The rows here, numbered from the first of the rank's first shard on.
  var rows: Range<Int> {
    let first = runs.lowerBound / cuts * shardRows
    return start(runs.lowerBound) - first..<start(runs.upperBound) - first
  }
  /// Most rows of a run.
  var longest: Int { (shardRows + cuts - 1) / cuts }
  /// Whether all runs have as many rows.
  var isEven: Bool { shardRows % cuts == 0 }

  /// The rows here of the k-th run here.
  func rows(of run: Int) -> Range<Int> { rows(of: run..<run + 1) }

  /// Of several runs.
  func rows(of range: Range<Int>) -> Range<Int> {
    // Divisions would cost where rows are asked for block by block.
    if cuts == 1 { return range.lowerBound * shardRows..<range.upperBound * shardRows }
    let first = start(runs.lowerBound)
    return start(runs.lowerBound + range.lowerBound) - first..<start(
      runs.lowerBound + range.upperBound) - first
  }

  /// Which run here a row here is in.
  func run(at row: Int) -> Int {
    if cuts == 1 { return row / shardRows }
    let all = start(runs.lowerBound) + row
    let (shard, own) = (all / shardRows, all % shardRows)
    return shard * cuts + ((own + 1) * cuts - 1) / shardRows - runs.lowerBound
  }

  /// The leaf here that a run's sums belong to; behind all of them where they do not count.
  func leaf(of run: Int) -> Int { unused ?? run * step }

  /// The leaves here that no rows belong to, of so many.
  func emptyLeaves(of count: Int) -> [Int] {
    let filled = Set(
      (0..<runs.count).filter { !rows(of: $0).isEmpty }.map(leaf))
    return (0..<count).filter { !filled.contains($0) }
  }

  private func start(_ run: Int) -> Int {
    Self.start(run, shardRows: shardRows, cuts: cuts)
  }

  /// Where a run begins among all rows.
  static func start(_ run: Int, shardRows: Int, cuts: Int) -> Int {
    run / cuts * shardRows + run % cuts * shardRows / cuts
  }
}
