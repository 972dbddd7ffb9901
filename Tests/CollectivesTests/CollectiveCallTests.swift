// The messages that collective operations are made of.

import Collectives
import Testing

@Suite struct CollectiveCallTests {
  /// Runs all ranks' stages, each waiting for its messages before it goes on; fails where a rank waits for ever. Returns the bytes that each rank received.
  static func received(_ stages: [[MessageStage]], _ what: String) -> [Int] {
    var places = [Int](repeating: 0, count: stages.count)
    var started = [Bool](repeating: false, count: stages.count)
    /// Bytes on their way, by sender and receiver, in order.
    var ways: [[Int]: [Int]] = [:]
    var bytes = [Int](repeating: 0, count: stages.count)
    var isMoving = true
    while isMoving {
      isMoving = false
      for rank in stages.indices where places[rank] < stages[rank].count {
        let stage = stages[rank][places[rank]]
        if !started[rank] {
          for case .send(let peer, _, let count) in stage.starts {
            ways[[rank, peer], default: []].append(count)
          }
          started[rank] = true
          isMoving = true
        }
        let expected = stage.starts.compactMap { action -> (peer: Int, bytes: Int)? in
          if case .receive(let peer, _, let count) = action { (peer, count) } else { nil }
        }
        guard expected.allSatisfy({ ways[[$0.peer, rank]]?.isEmpty == false }) else { continue }
        for (peer, count) in expected {
          #expect(ways[[peer, rank]]!.removeFirst() == count, "\(what): \(peer) to \(rank)")
          bytes[rank] += count
        }
        places[rank] += 1
        started[rank] = false
        isMoving = true
      }
    }
    #expect(places == stages.map(\.count), "\(what): a rank waits for ever")
    let left = ways.values.reduce(0) { $0 + $1.count }
    #expect(left == 0, "\(what): a message is never received")
    return bytes
  }

  private static let sizes = [2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 17, 32, 33, 64, 65, 96]

  @Test(arguments: sizes, [3, 200, 1000, 5000, 10_000, 100_000, 300_000])
  func allGatherBringsEveryBlock(size: Int, mean: Int) {
    let blocks = (0..<size).map { mean + $0 % 3 }
    for isBlocking in [true, false] {
      let received = Self.received(
        (0..<size).map {
          CollectiveCall.allGather(blocks: blocks).stages(
            rank: $0, of: size, space: 0, isBlocking: isBlocking)
        }, "\(size) ranks, \(mean) bytes, blocking \(isBlocking)")
      let total = blocks.reduce(0, +)
      for rank in 0..<size where !(isBlocking && received[rank] >= total) {
        // Through the root each receives all, its own block too.
        #expect(received[rank] == total - blocks[rank])
      }
    }
  }

  @Test(arguments: sizes)
  func allToAllBringsEveryBlock(size: Int) {
    func bytes(_ from: Int, _ to: Int) -> Int { (from * 7 + to * 3) % 5 * 100 }
    for isBlocking in [true, false] {
      let received = Self.received(
        (0..<size).map { rank in
          CollectiveCall.allToAll(
            sends: (0..<size).map { bytes(rank, $0) }, receives: (0..<size).map { bytes($0, rank) }
          ).stages(rank: rank, of: size, space: 0, isBlocking: isBlocking)
        }, "\(size) ranks, blocking \(isBlocking)")
      for rank in 0..<size {
        #expect(
          received[rank] == (0..<size).reduce(0) { $0 + ($1 == rank ? 0 : bytes($1, rank)) })
      }
    }
  }

  @Test(arguments: sizes)
  func allReduceEnds(size: Int) {
    let received = Self.received(
      (0..<size).map {
        CollectiveCall.allReduce(bytes: 8).stages(rank: $0, of: size, space: 0, isBlocking: true)
      }, "\(size) ranks")
    #expect(received.allSatisfy { $0 >= 8 })
  }

  @Test func oneRankSendsNothing() {
    #expect(
      CollectiveCall.allReduce(bytes: 8).stages(rank: 0, of: 1, space: 0, isBlocking: true) == [])
  }
}
