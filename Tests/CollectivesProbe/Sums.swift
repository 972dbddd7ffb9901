// Digests of sums over shards.

import Collectives
import Files
import Numerics

/// Element `index` of a shard, of varied magnitude, so that every change of order shows.
func value<Element: BinaryFloatingPoint>(shard: Int, index: Int) -> Element {
  let bits = CounterRandom(seed: 7, purpose: .test, major: shard).bits(index)
  let fraction = Double(bits.x) / 0x1p32 - 0.5
  return Element(fraction * Double(1 << (bits.y % 12)))
}

func fill<Element: BinaryFloatingPoint & BitwiseCopyable>(
  _ parts: VectorView<Element>, shards: Range<Int>, stride: Int, count: Int
) {
  for (part, shard) in shards.enumerated() {
    for index in 0..<count { parts[part * stride + index] = value(shard: shard, index: index) }
  }
}

/// The sum at a node in plain recursion: the definition.
func naiveSum<Element: BinaryFloatingPoint>(_ node: Range<Int>, index: Int) -> Element {
  if node.count == 1 { return value(shard: node.lowerBound, index: index) }
  let middle = node.lowerBound + (node.count + 1) / 2
  return naiveSum(node.lowerBound..<middle, index: index)
    + naiveSum(middle..<node.upperBound, index: index)
}

func digest<Element>(_ view: VectorView<Element>) -> String {
  var digest = SHA256()
  digest.update(view.bytes)
  return digest.hexDigest()
}

/// Prints one line for each shard count, vector length and way of summing.
func printSums(_ communicator: Communicator) throws {
  for shardCount in [8, 13, 32] {
    for count in [1, 15, 1_000, 5_003] {
      try printSum(Float.self, "float", communicator, shardCount: shardCount, count: count)
      try printSum(Double.self, "double", communicator, shardCount: shardCount, count: count)
    }
  }
}

private func printSum<Element: CollectiveElement & TreeSummable & BinaryFloatingPoint>(
  _: Element.Type, _ name: String, _ communicator: Communicator, shardCount: Int, count: Int
) throws {
  let plan = try ShardPlan(
    sampleCount: shardCount, shardCount: shardCount, rankCount: communicator.size)
  let shards = plan.shards(of: communicator.rank)
  // The largest sizes by which the short and the long way can be told apart.
  for shortMessageBytes in [0, Int.max / 2] {
    let reduce = ReproducibleAllReduce<Element>(
      communicator: communicator, plan: plan, capacity: count + 5,
      shortMessageBytes: shortMessageBytes)
    let stride = count + 3
    let parts = AlignedBuffer<Element>(count: max(shards.count, reduce.nodes.count) * stride)
    let result = AlignedBuffer<Element>(count: count)
    for way in ["shards", "nodes", "started", "in place"] {
      if way == "shards" || communicator.size == 1 {
        fill(parts.view, shards: shards, stride: stride, count: count)
        try reduce.sum(
          shards: parts.view, stride: stride, count: count,
          into: way == "in place" ? parts.view.slice(0, count) : result.view)
      } else {
        for (part, node) in reduce.nodes.enumerated() {
          for index in 0..<count {
            parts[part * stride + index] = naiveSum(node, index: index)
          }
        }
        if way == "started" {
          try reduce.start(nodes: parts.view, stride: stride, count: count, into: result.view)
          while try reduce.progress() {}
        } else {
          try reduce.sum(
            nodes: parts.view, stride: stride, count: count,
            into: way == "in place" ? parts.view.slice(0, count) : result.view)
        }
      }
      if way == "in place" { result.view.copy(from: parts.view.slice(0, count)) }
      let digests = try communicator.gather(digest(result.view))
      let ranksAgree = digests.allSatisfy { $0 == digests[0] }
      var differing = 0
      var error = 0.0
      for index in 0..<count {
        let expected: Element = naiveSum(0..<shardCount, index: index)
        if result[index] != expected { differing += 1 }
        let exact: Double = naiveSum(0..<shardCount, index: index)
        error = max(error, abs(Double(result[index]) - exact))
      }
      // Partial sums stay under 2^17, and there are at most 5 levels.
      let bound = 5 * 0x1p17 * Double(Element.ulpOfOne) / 2
      if communicator.rank == 0 {
        print(
          "\(name) \(shardCount) shards x \(count), \(shortMessageBytes == 0 ? "long" : "short"), "
            + "\(way): \(digests[0]) ranks agree \(ranksAgree), differing \(differing), "
            + "within bound \(error <= bound)")
      }
    }
  }
}

/// The sum as an ordinary all-reduce makes it: each rank adds its shards one by one, and the ranks'
/// sums are added one by one. Its digest must be seen to depend on the number of ranks.
func printRankOrderSum(_ communicator: Communicator) throws {
  let count = 1_000
  let plan = try ShardPlan(sampleCount: 8, shardCount: 8, rankCount: communicator.size)
  let own = AlignedBuffer<Float>(count: count)
  for shard in plan.shards(of: communicator.rank) {
    for index in 0..<count { own[index] += value(shard: shard, index: index) }
  }
  let all = AlignedBuffer<Float>(count: count * communicator.size)
  try AllGather<Float>(
    communicator, counts: [Int](repeating: count, count: communicator.size)
  ).run(own.view, into: all.view)
  let sum = AlignedBuffer<Float>(count: count)
  for rank in 0..<communicator.size {
    for index in 0..<count { sum[index] += all[rank * count + index] }
  }
  if communicator.rank == 0 { print(digest(sum.view)) }
}

/// The sum along the tree with its leaves in the given order: leaf s holds shard `order[s]`. Prints the
/// digest.
func printReorderedSum(_ communicator: Communicator, order: [Int]) throws {
  let count = 1_000
  let plan = try ShardPlan(
    sampleCount: order.count, shardCount: order.count, rankCount: communicator.size)
  let reduce = ReproducibleAllReduce<Float>(
    communicator: communicator, plan: plan, capacity: count)
  let shards = plan.shards(of: communicator.rank)
  let parts = AlignedBuffer<Float>(count: shards.count * count)
  for (part, leaf) in shards.enumerated() {
    for index in 0..<count { parts[part * count + index] = value(shard: order[leaf], index: index) }
  }
  let result = AlignedBuffer<Float>(count: count)
  try reduce.sum(shards: parts.view, stride: count, count: count, into: result.view)
  if communicator.rank == 0 { print(digest(result.view)) }
}
