// Every rank checks what it received; rank 0 prints one line a check.

import Collectives
import TensorCore

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
  try gather.run(local.view, into: all.view)
  try report("all-gather", isGathered(all.view))

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
  try exchange.run(outgoing.view, into: incoming.view)
  try report("all-to-all", isExchanged())
  for _ in 0..<2 {
    incoming.view.fill(-1)
    try exchange.start(outgoing.view, into: incoming.view)
    for _ in 0..<100 { try exchange.progress() }
    try exchange.wait()
    try report("nonblocking all-to-all", isExchanged())
  }

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
  try report(
    "sum", values[0] == Int64(size) * (1 << 53 + 1) && values[1] == Int64(size * (size - 1) / 2))

  let names = try communicator.gather("rank \(rank)" + String(repeating: "!", count: rank))
  try report(
    "gather of texts",
    names == (0..<size).map { "rank \($0)" + String(repeating: "!", count: $0) })
}
