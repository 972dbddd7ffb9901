// Digests of sums over shards.

import Collectives
import Files
import Numerics

/// Element `index` of a shard, of varied magnitude, so that every change of order shows; some are -0 in all shards, to which nobody may add a zero.
func value<Element: BinaryFloatingPoint>(shard: Int, index: Int) -> Element {
  if index % 17 == 3 { return -0.0 }
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
func naiveSum<Element: BinaryFloatingPoint>(_ node: Range<Int>, grain: Int = 1, index: Int)
  -> Element
{
  if node.count == 1 { return value(shard: node.lowerBound, index: index) }
  var half = (node.count + 1) / 2
  if node.count > grain { half = (node.count / grain + 1) / 2 * grain }
  let middle = node.lowerBound + half
  return naiveSum(node.lowerBound..<middle, grain: grain, index: index)
    + naiveSum(middle..<node.upperBound, grain: grain, index: index)
}

func digest<Element>(_ view: VectorView<Element>) -> String {
  var digest = SHA256()
  digest.update(view.bytes)
  return digest.hexDigest()
}

/// Prints one line for each shard count, vector length and way of summing.
func printSums(_ communicator: Communicator, _ collectives: CollectivePattern) throws {
  for shardCount in [8, 13, 32] {
    for count in [1, 15, 1_000, 5_003] {
      let plan = try ShardPlan(
        sampleCount: shardCount, shardCount: shardCount, rankCount: communicator.size,
        collectives: collectives)
      try printSum(
        Float.self, "float \(shardCount) shards", communicator, .ofSamples(plan), count: count)
      try printSum(
        Double.self, "double \(shardCount) shards", communicator, .ofSamples(plan), count: count)
    }
  }
  // The leaves of rows, fewer shards than ranks among them.
  for (shardCount, sliceCount) in [(8, 4), (5, 7), (4, 8), (3, 11)] {
    let plan = try ShardPlan(
      sampleCount: shardCount, shardCount: shardCount, sliceCount: sliceCount,
      rankCount: communicator.size, collectives: collectives)
    for count in [15, 1_000] {
      try printSum(
        Float.self, "float \(shardCount) shards of \(sliceCount) slices", communicator,
        .ofRows(plan), count: count)
    }
  }
}

private func printSum<Element: CollectiveElement & TreeSummable & BinaryFloatingPoint>(
  _: Element.Type, _ name: String, _ communicator: Communicator, _ plan: SumPlan, count: Int
) throws {
  let grain = plan.tree.grain
  let shards = plan.leaves(of: communicator.rank)
  let expected: [Element] = (0..<count).map { naiveSum(plan.tree.root, grain: grain, index: $0) }
  let exact: [Double] = (0..<count).map { naiveSum(plan.tree.root, grain: grain, index: $0) }
  // The largest sizes by which the short and the long way can be told apart.
  for shortMessageBytes in [0, Int.max / 2] {
    let reduce = ReproducibleAllReduce<Element>(
      communicator: communicator, plan: plan, capacity: count + 5,
      shortMessageBytes: shortMessageBytes)
    let stride = count + 3
    let parts = AlignedBuffer<Element>(count: max(shards.count, 1) * stride)
    let result = AlignedBuffer<Element>(count: count)
    for way in [
      "shards", "nodes", "started", "started in place", "in place", "halves", "halves in place",
    ] {
      let target = way.hasSuffix("in place") ? parts.view.slice(0, count) : result.view
      if way == "shards" || communicator.size == 1 {
        fill(parts.view, shards: shards, stride: stride, count: count)
        try reduce.sum(shards: parts.view, stride: stride, count: count, into: target)
      } else {
        for (part, node) in reduce.nodes.enumerated() {
          for index in 0..<count {
            parts[part * stride + index] = naiveSum(node, grain: grain, index: index)
          }
        }
        if way.hasPrefix("started") {
          try reduce.start(nodes: parts.view, stride: stride, count: count, into: target)
          while try reduce.progress() {}
        } else if way.hasPrefix("halves") {
          try sumInHalves(reduce, parts.view, stride: stride, into: target)
        } else {
          try reduce.sum(nodes: parts.view, stride: stride, count: count, into: target)
        }
      }
      if way.hasSuffix("in place") { result.view.copy(from: target) }
      let digests = try communicator.gather(digest(result.view))
      let ranksAgree = digests.allSatisfy { $0 == digests[0] }
      var differing = 0
      var error = 0.0
      for index in 0..<count {
        if result[index] != expected[index] { differing += 1 }
        error = max(error, abs(Double(result[index]) - exact[index]))
      }
      // Partial sums stay under 2^17, and there are at most 6 levels.
      let bound = 6 * 0x1p17 * Double(Element.ulpOfOne) / 2
      if communicator.rank == 0 {
        print(
          "\(name) x \(count), \(shortMessageBytes == 0 ? "long" : "short"), "
            + "\(way): \(digests[0]) ranks agree \(ranksAgree), differing \(differing), "
            + "within bound \(error <= bound)")
      }
    }
  }
}

/// Scatters the sum, spoils what this rank does not own of it, and gathers.
private func sumInHalves<Element: CollectiveElement & TreeSummable & BinaryFloatingPoint>(
  _ reduce: ReproducibleAllReduce<Element>, _ parts: VectorView<Element>, stride: Int,
  into result: VectorView<Element>
) throws {
  try reduce.startScatter(nodes: parts, stride: stride, count: result.count, into: result)
  while try reduce.progress() {}
  let owned = reduce.owned(of: result.count)
  for index in 0..<result.count where !owned.contains(where: { $0.contains(index) }) {
    result[index] = .nan
  }
  try reduce.startGather(result)
  while try reduce.progress() {}
}

/// The digests of the tree's sum and of what the tree's meetings make in the opposite order.
func printFarthestFirst(_ communicator: Communicator) throws {
  let count = 1_000
  let plan = try ShardPlan(sampleCount: 8, shardCount: 8, rankCount: communicator.size)
  let shards = plan.shards(of: communicator.rank)
  let parts = AlignedBuffer<Float>(count: shards.count * count)
  let result = AlignedBuffer<Float>(count: count)
  for reduce in [
    ReproducibleAllReduce<Float>(communicator: communicator, plan: plan, capacity: count),
    .farthestFirst(communicator: communicator, plan: plan, capacity: count),
  ] {
    fill(parts.view, shards: shards, stride: count, count: count)
    try reduce.sum(shards: parts.view, stride: count, count: count, into: result.view)
    let digests = try communicator.gather(digest(result.view))
    if communicator.rank == 0 { print(digests[0], Set(digests).count == 1) }
  }
}

/// What a sum of a short and of a long vector counts on the rank that sends most.
func printCounts(_ communicator: Communicator, _ collectives: CollectivePattern) throws {
  let plan = try ShardPlan(
    sampleCount: 32, shardCount: 32, rankCount: communicator.size, collectives: collectives)
  let meter = CommunicationMeter.shared
  for count in [100, 100_000] {
    let reduce = ReproducibleAllReduce<Float>(
      communicator: communicator, plan: plan, capacity: count)
    let parts = AlignedBuffer<Float>(count: max(1, reduce.nodes.count) * count)
    let result = AlignedBuffer<Float>(count: count)
    meter.reset()
    try reduce.sum(nodes: parts.view, stride: count, count: count, into: result.view)
    let (operations, messages, bytes) = (
      meter.blockingOperations, meter.messagesSent, meter.bytesSent
    )
    let most = try [operations, messages, bytes].map { try communicator.max($0) }
    if communicator.rank == 0 {
      print("\(count) floats: \(most[0]) operations, \(most[1]) messages, \(most[2]) bytes")
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
