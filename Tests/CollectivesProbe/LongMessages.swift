// Messages longer than MPI can count, with a small number for what that is.

import Collectives
import Numerics

/// Prints one line a check, "right" on all ranks or "wrong". For 2 ranks and more.
func checkLongMessages(_ communicator: Communicator) throws {
  func report(_ name: String, _ isRight: Bool) throws {
    let wrong = try communicator.max(isRight ? 0 : 1)
    if communicator.rank == 0 { print("\(name): \(wrong == 0 ? "right" : "wrong")") }
  }
  try checkRowsGathered(communicator, report)
  try checkRowsExchanged(communicator, report)
  try checkRefusals(communicator, report)
  try checkSumsByPieces(communicator, report)
}

/// Rows of 7 numbers; MPI may count to half as many as there are.
private func checkRowsGathered(
  _ communicator: Communicator, _ report: (String, Bool) throws -> Void
) throws {
  let counts = (0..<communicator.size).map { $0 == 1 ? 0 : 7 * (3 + $0) }
  let total = counts.reduce(0, +)
  let gather = AllGather<Float>(communicator, counts: counts, mostUnits: total / 2)
  let all = AlignedBuffer<Float>(count: total)
  let own = gather.block(of: communicator.rank)
  let local = AlignedBuffer<Float>(count: own.count)
  for (index, place) in own.enumerated() { local[index] = Float(place) }
  func isGathered() -> Bool { (0..<total).allSatisfy { all[$0] == Float($0) } }
  try gather.run(local.view, into: all.view)
  try report("all-gather of rows", isGathered())
  all.view.fill(-1)
  all.view.slice(own).copy(from: local.view)
  try gather.run(all.view.slice(own), into: all.view)
  try report("all-gather of rows in place", isGathered())
  all.view.fill(-1)
  try gather.start(local.view, into: all.view)
  try gather.wait()
  try report("nonblocking all-gather of rows", isGathered())
}

/// Rank s sends rank r its s + 2 rows of r's r + 3 columns: each side counts in units of its own.
private func checkRowsExchanged(
  _ communicator: Communicator, _ report: (String, Bool) throws -> Void
) throws {
  let (rank, ranks) = (communicator.rank, 0..<communicator.size)
  func count(_ sender: Int, _ receiver: Int) -> Int { (sender + 2) * (receiver + 3) }
  let sends = ranks.map { count(rank, $0) }
  let receives = ranks.map { count($0, rank) }
  let exchange = AllToAll<Double>(
    communicator, sendCounts: sends, receiveCounts: receives,
    mostUnits: sends.reduce(0, +) / (rank + 2))
  let outgoing = AlignedBuffer<Double>(count: exchange.sendCount)
  let incoming = AlignedBuffer<Double>(count: exchange.receiveCount)
  func item(_ sender: Int, _ receiver: Int, _ index: Int) -> Double {
    Double((sender * 100 + receiver) * 1_000 + index)
  }
  for receiver in ranks {
    for (index, place) in exchange.sendBlock(for: receiver).enumerated() {
      outgoing[place] = item(rank, receiver, index)
    }
  }
  func isExchanged() -> Bool {
    ranks.allSatisfy { sender in
      exchange.receiveBlock(from: sender).enumerated()
        .allSatisfy { incoming[$1] == item(sender, rank, $0) }
    }
  }
  try exchange.run(outgoing.view, into: incoming.view)
  try report("all-to-all of rows", isExchanged())
  incoming.view.fill(-1)
  try exchange.start(outgoing.view, into: incoming.view)
  try exchange.wait()
  try report("nonblocking all-to-all of rows", isExchanged())
}

/// What cannot be said to MPI is an error on every rank, before anything is sent.
private func checkRefusals(
  _ communicator: Communicator, _ report: (String, Bool) throws -> Void
) throws {
  let counts = (0..<communicator.size).map { $0 == 0 ? 10 : 11 }
  let gather = AllGather<Float>(communicator, counts: counts, mostUnits: 20)
  let all = AlignedBuffer<Float>(count: gather.totalCount)
  let local = all.view.slice(gather.block(of: communicator.rank))
  let bytes = 4 * gather.totalCount
  for start in [true, false] {
    do {
      start ? try gather.start(local, into: all.view) : try gather.run(local, into: all.view)
      try report("refusal", false)
    } catch let error as CollectiveError {
      try report(
        "refusal",
        error.description.hasPrefix("a message between ranks failed: its \(bytes) bytes are more"))
    }
  }
}

/// Sums by pieces have the bits of sums in one piece.
private func checkSumsByPieces(
  _ communicator: Communicator, _ report: (String, Bool) throws -> Void
) throws {
  let count = 1_003
  let plan = try ShardPlan(sampleCount: 13, shardCount: 13, rankCount: communicator.size)
  let shards = plan.shards(of: communicator.rank)
  let parts = AlignedBuffer<Float>(count: shards.count * count)
  func sums(_ name: String, mostElements: Int?, shortMessageBytes: Int) throws -> [[Float]] {
    let reduce = ReproducibleAllReduce<Float>(
      communicator: communicator, plan: plan, capacity: count,
      shortMessageBytes: shortMessageBytes, mostElements: mostElements)
    let result = AlignedBuffer<Float>(count: count)
    fill(parts.view, shards: shards, stride: count, count: count)
    try reduce.sum(shards: parts.view, stride: count, count: count, into: result.view)
    let blocking = result.view.array
    for (part, node) in reduce.nodes.enumerated() {
      for index in 0..<count { parts[part * count + index] = naiveSum(node, index: index) }
    }
    result.view.fill(0)
    try reduce.start(nodes: parts.view, stride: count, count: count, into: result.view)
    while try reduce.progress() {}
    return [blocking, result.view.array]
  }
  for (name, bytes) in [("long", 0), ("short", Int.max / 2)] {
    let whole = try sums(name, mostElements: nil, shortMessageBytes: bytes)
    let pieces = try sums(name, mostElements: 13 * 100, shortMessageBytes: bytes)
    try report("\(name) sums by pieces", whole == pieces && whole[0] == whole[1])
  }

  let plain = PlainAllReduce<Float>(
    communicator: communicator, plan: .ofSamples(plan), longest: 100)
  let own = AlignedBuffer<Float>(count: count)
  let result = AlignedBuffer<Float>(count: count)
  for index in 0..<count { own[index] = Float(index + communicator.rank) }
  func isSum() -> Bool {
    let ranks = communicator.size
    return (0..<count).allSatisfy { result[$0] == Float(ranks * $0 + ranks * (ranks - 1) / 2) }
  }
  try plain.sum(own.view, into: result.view)
  try report("plain sum by pieces", isSum())
  result.view.fill(0)
  try plain.start(own.view, into: result.view)
  while try plain.progress() {}
  try report("started plain sum by pieces", isSum())
}
