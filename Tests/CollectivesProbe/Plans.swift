// Every rank checks what it received; rank 0 prints one line a check.

import Collectives
import Numerics

func checkPlans(_ communicator: Communicator) throws {
  let rank = communicator.rank
  let size = communicator.size
  func report(_ name: String, _ isRight: Bool) throws {
    let wrong = try communicator.max(isRight ? 0 : 1)
    if rank == 0 { print("\(name): \(wrong == 0 ? "right" : "wrong")") }
  }

  // Blocks of varied lengths, one of them empty on more than one rank.
  let counts = (0..<size).map { $0 == 1 ? 0 : 1_000 + 37 * $0 }
  let gather = AllGather<Float>(communicator, counts: counts)
  func number(_ owner: Int, _ index: Int) -> Float { Float(owner * 10_000 + index) }
  let local = AlignedBuffer<Float>(count: counts[rank])
  for index in 0..<local.count { local[index] = number(rank, index) }
  func isGathered(_ all: FloatView) -> Bool {
    (0..<size).allSatisfy { owner in
      gather.block(of: owner).enumerated().allSatisfy { all[$1] == number(owner, $0) }
    }
  }
  let all = AlignedBuffer<Float>(count: gather.totalCount)
  CommunicationMeter.shared.reset()
  try gather.run(local.view, into: all.view)
  let gathered = CommunicationMeter.shared.bytesSent
  try report("all-gather", isGathered(all.view))
  try report("bytes of the all-gather", gathered == 4 * counts[rank] * (size - 1))

  all.view.fill(-1)
  all.view.slice(gather.block(of: rank)).copy(from: local.view)
  try gather.run(all.view.slice(gather.block(of: rank)), into: all.view)
  try report("all-gather in place", isGathered(all.view))

  for _ in 0..<2 {
    all.view.fill(-1)
    try gather.start(local.view, into: all.view)
    for _ in 0..<100 { try gather.progress() }
    try gather.wait()
    try report("nonblocking all-gather", isGathered(all.view))
  }

  // Rank s sends 10 * s + r + 1 elements to rank r.
  func exchanged(_ sender: Int, _ receiver: Int) -> Int { 10 * sender + receiver + 1 }
  let exchange = AllToAll<Float>(
    communicator, sendCounts: (0..<size).map { exchanged(rank, $0) },
    receiveCounts: (0..<size).map { exchanged($0, rank) })
  func item(_ sender: Int, _ receiver: Int, _ index: Int) -> Float {
    Float(sender * 100_000 + receiver * 1_000 + index)
  }
  let outgoing = AlignedBuffer<Float>(count: exchange.sendCount)
  for receiver in 0..<size {
    for (index, place) in exchange.sendBlock(for: receiver).enumerated() {
      outgoing[place] = item(rank, receiver, index)
    }
  }
  let incoming = AlignedBuffer<Float>(count: exchange.receiveCount)
  func isExchanged() -> Bool {
    (0..<size).allSatisfy { sender in
      exchange.receiveBlock(from: sender).enumerated()
        .allSatisfy { incoming[$1] == item(sender, rank, $0) }
    }
  }
  CommunicationMeter.shared.reset()
  try exchange.run(outgoing.view, into: incoming.view)
  let sent = CommunicationMeter.shared.bytesSent
  try report("all-to-all", isExchanged())
  try report(
    "bytes of the all-to-all",
    sent == 4 * (0..<size).reduce(0) { $0 + ($1 == rank ? 0 : exchanged(rank, $1)) })
  for _ in 0..<2 {
    incoming.view.fill(-1)
    try exchange.start(outgoing.view, into: incoming.view)
    for _ in 0..<100 { try exchange.progress() }
    try exchange.wait()
    try report("nonblocking all-to-all", isExchanged())
  }

  try checkFastSums(communicator, report)

  let root = size - 1
  let numbers = AlignedBuffer<Double>(count: 5)
  for index in 0..<5 { numbers[index] = rank == root ? Double(index) + 0.5 : 0 }
  try communicator.broadcast(numbers.view, from: root)
  try report("broadcast", numbers.view.array == [0.5, 1.5, 2.5, 3.5, 4.5])
  let text = try communicator.broadcast(rank == root ? "größer als zuvor" : "", from: root)
  try report("broadcast of text", text == "größer als zuvor")

  let values = AlignedBuffer<Int64>(count: 2)
  values[0] = Int64(rank + 1)
  values[1] = 1 << 60 | Int64(rank)
  try communicator.max(values.view)
  try report("max", values[0] == Int64(size) && values[1] == 1 << 60 | Int64(size - 1))
  values[0] = 1 << 53 + 1
  values[1] = Int64(rank)
  try communicator.sum(values.view)
  let least = AlignedBuffer<Double>(count: 2)
  least[0] = 0.5 + Double(rank)
  least[1] = -Double(rank)
  try communicator.min(least.view)
  try report("min", least.view.array == [0.5, -Double(size - 1)])
  try report(
    "sum", values[0] == Int64(size) * (1 << 53 + 1) && values[1] == Int64(size * (size - 1) / 2))

  let names = try communicator.gather("rank \(rank)" + String(repeating: "!", count: rank))
  try report(
    "gather of texts",
    names == (0..<size).map { "rank \($0)" + String(repeating: "!", count: $0) })
}

/// Sums of whole numbers, which no order changes: two sums at a time, each among a duplicate's messages,
/// finished in different orders on different ranks while the ranks meet in other operations.
private func checkFastSums(_ communicator: Communicator, _ report: (String, Bool) throws -> Void)
  throws
{
  let plan = try ShardPlan(sampleCount: 13, shardCount: 13, rankCount: communicator.size)
  let shards = plan.shards(of: communicator.rank)
  let count = 3_000
  let parts = AlignedBuffer<Float>(count: shards.count * count)
  func fill() {
    for (part, shard) in shards.enumerated() {
      for index in 0..<count { parts[part * count + index] = Float(shard * 1_000 + index) }
    }
  }
  func isSum(_ result: FloatView) -> Bool {
    (0..<count).allSatisfy { result[$0] == Float(1_000 * 78 + 13 * $0) }
  }
  let results = [SharedBuffer<Float>(count: count), SharedBuffer<Float>(count: count)]
  for reduction in Reduction.allCases {
    let sums = try results.map { _ in
      ShardAllReduce<Float>(
        reduction, communicator: try communicator.duplicate(), plan: .ofSamples(plan),
        capacity: count)
    }
    fill()
    try sums[0].sum(shards: parts.view, stride: count, into: results[0].view)
    try report("\(reduction) sum of shards", isSum(results[0].view))

    let nodes = zip(sums, results).map { sum, _ in
      SharedBuffer<Float>(count: sum.nodes.count * count)
    }
    for (sum, buffer) in zip(sums, nodes) {
      for (node, range) in sum.nodes.enumerated() {
        for index in 0..<count {
          buffer.view[node * count + index] = Float(
            range.reduce(0) { $0 + $1 * 1_000 } + range.count * index)
        }
      }
    }
    CommunicationMeter.shared.reset()
    for (index, sum) in sums.enumerated() {
      try sum.start(nodes: nodes[index].view, stride: count, into: results[index].view)
    }
    try communicator.barrier()
    let order = communicator.rank % 2 == 0 ? [0, 1] : [1, 0]
    try withExtendedLifetime(nodes) {
      var isUnderWay = true
      while isUnderWay {
        isUnderWay = false
        for index in order where try sums[index].progress() { isUnderWay = true }
      }
    }
    try report(
      "two \(reduction) sums under way", isSum(results[0].view) && isSum(results[1].view))
    let meter = CommunicationMeter.shared
    try report(
      "times of \(reduction) sums",
      communicator.size == 1
        || meter.exposedSeconds > 0 && meter.inFlightSeconds >= meter.exposedSeconds)
  }
}
