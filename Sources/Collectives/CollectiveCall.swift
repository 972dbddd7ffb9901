// What MPI is told of a collective operation.

/// A collective operation of MPI by its arguments, as one rank gives them: bytes.
public enum CollectiveCall: Sendable, Hashable {
  /// To each rank, and from each.
  case allToAll(sends: [Int], receives: [Int])
  /// Each rank's block.
  case allGather(blocks: [Int])
  /// Of a vector that every rank has.
  case allReduce(bytes: Int)
}

// MARK: Messages

extension CollectiveCall {
  /// The messages of which `rank` of `size` ranks makes the operation in Open MPI 4.1, by its own choice of algorithm (coll/tuned for operations
  /// that block, coll/libnbc for those that are set off), but for two that are simpler here: an all-gather of few bytes on few ranks is gathered to rank 0
  /// and broadcast along a binomial tree, and an all-reduce is recursive doubling (its vectors are a few bytes long).
  public func stages(rank: Int, of size: Int, space: Int, isBlocking: Bool) -> [MessageStage] {
    if size == 1 { return [] }
    let ring = Ring(rank: rank, size: size, space: space)
    switch self {
    case .allToAll(let sends, let receives):
      return isBlocking
        ? Self.tunedAllToAll(sends, receives, ring)
        : [
          MessageStage(
            (0..<size).filter { $0 != rank }.flatMap {
              [ring.send(to: $0, sends[$0]), ring.receive(from: $0, receives[$0])]
            })
        ]
    case .allGather(let blocks):
      return isBlocking
        ? Self.tunedAllGather(blocks, ring)
        : [
          MessageStage(
            (1..<size).flatMap { distance in
              let (above, below) = (ring.peer(distance), ring.peer(-distance))
              return [ring.receive(from: below, blocks[below]), ring.send(to: above, blocks[rank])]
            })
        ]
    case .allReduce(let bytes): return Self.recursiveDoubling(bytes, ring)
    }
  }

  /// A rank among the others.
  private struct Ring {
    let rank: Int
    let size: Int
    let space: Int

    func peer(_ distance: Int) -> Int { (rank + distance + size) % size }
    func send(to peer: Int, _ bytes: Int) -> MessageAction {
      .send(to: peer, space: space, bytes: bytes)
    }
    func receive(from peer: Int, _ bytes: Int) -> MessageAction {
      .receive(from: peer, space: space, bytes: bytes)
    }
    /// A message there and one from elsewhere.
    func exchange(to: Int, _ sent: Int, from: Int, _ received: Int) -> MessageStage {
      MessageStage([receive(from: from, received), send(to: to, sent)])
    }
  }

  /// `coll_tuned_alltoallv`: pairs one after the other, or all messages at once, by the number of ranks.
  private static func tunedAllToAll(_ sends: [Int], _ receives: [Int], _ ring: Ring)
    -> [MessageStage]
  {
    let isPairwise =
      ring.size < 4 || (64..<128).contains(ring.size) || (256..<1024).contains(ring.size)
    if isPairwise {
      return (1..<ring.size).map { distance in
        let (above, below) = (ring.peer(distance), ring.peer(-distance))
        return ring.exchange(to: above, sends[above], from: below, receives[below])
      }
    }
    let others = (1..<ring.size).map(ring.peer)
    return [
      MessageStage(
        others.map { ring.receive(from: $0, receives[$0]) }
          + others.map { ring.send(to: $0, sends[$0]) })
    ]
  }

  private enum Gathering { case throughRoot, bruck, ring, neighbours }

  /// `coll_tuned_allgatherv`: by the number of ranks and a block's mean bytes.
  private static func gathering(_ size: Int, _ block: Int) -> Gathering {
    switch size {
    case 2: .ring
    case ..<8:
      switch block {
      case ..<256: .throughRoot
      case 256..<4096, 8192..<16_384, 262_144...: .neighbours
      case 4096..<8192: .ring
      default: .bruck
      }
    case ..<16: block < 1024 ? .throughRoot : .bruck
    case ..<32: block < 128 ? .throughRoot : block < 262_144 ? .bruck : .ring
    case ..<64: block < 256 ? .throughRoot : block < 8192 ? .bruck : .ring
    case ..<128: block < 256 ? .throughRoot : block < 4096 ? .bruck : .ring
    case ..<256: block < 1024 ? .bruck : block < 65_536 ? .neighbours : .ring
    case ..<512: block < 1024 ? .bruck : .ring
    case ..<1024:
      switch block {
      case 512..<1024: .throughRoot
      case ..<4096: .bruck
      case ..<1_048_576: .neighbours
      default: .ring
      }
    default: block < 4096 ? .bruck : .neighbours
    }
  }

  private static func tunedAllGather(_ blocks: [Int], _ ring: Ring) -> [MessageStage] {
    let (rank, size) = (ring.rank, ring.size)
    switch gathering(size, blocks.reduce(0, +) / size) {
    case .throughRoot: return throughRoot(blocks, ring)
    case .bruck:
      return powers(below: size).map { distance in
        let count = min(distance, size - distance)
        let (to, from) = (ring.peer(-distance), ring.peer(distance))
        func bytes(_ first: Int) -> Int {
          (0..<count).reduce(0) { $0 + blocks[(first + $1) % size] }
        }
        return ring.exchange(to: to, bytes(rank), from: from, bytes(from))
      }
    case .neighbours where size % 2 == 0: return neighbours(blocks, ring)
    case .ring, .neighbours:
      return (1..<size).map { distance in
        ring.exchange(
          to: ring.peer(1), blocks[ring.peer(1 - distance)], from: ring.peer(-1),
          blocks[ring.peer(-distance)])
      }
    }
  }

  /// One block with a neighbour, then two blocks with one and the other in turn.
  private static func neighbours(_ blocks: [Int], _ ring: Ring) -> [MessageStage] {
    let size = ring.size
    let sign = ring.rank % 2 == 0 ? 1 : -1
    let peers = [ring.peer(sign), ring.peer(-sign)]
    var stages = [
      ring.exchange(to: peers[0], blocks[ring.rank], from: peers[0], blocks[peers[0]])
    ]
    let first = ring.rank - ring.rank % 2
    var arriving = [first, first]
    var leaving = first
    for step in 1..<max(1, size / 2) {
      let side = step % 2
      arriving[side] = (arriving[side] + (side == 0 ? 2 : -2) * sign + size) % size
      stages.append(
        ring.exchange(
          to: peers[side], blocks[leaving] + blocks[leaving + 1], from: peers[side],
          blocks[arriving[side]] + blocks[arriving[side] + 1]))
      leaving = arriving[side]
    }
    return stages
  }

  /// To rank 0, and all of it from there along a binomial tree.
  private static func throughRoot(_ blocks: [Int], _ ring: Ring) -> [MessageStage] {
    let (rank, size) = (ring.rank, ring.size)
    let total = blocks.reduce(0, +)
    var stages = [
      MessageStage(
        rank == 0
          ? (1..<size).map { ring.receive(from: $0, blocks[$0]) } : [ring.send(to: 0, blocks[rank])]
      )
    ]
    let lowest = rank == 0 ? Int.max : rank & -rank
    if rank > 0 { stages.append(MessageStage([ring.receive(from: rank - lowest, total)])) }
    let children = powers(below: size).reversed().filter { $0 < lowest && rank + $0 < size }
    stages.append(MessageStage(children.map { ring.send(to: rank + $0, total) }))
    return stages
  }

  /// Ranks beyond a power of two give theirs to one that is not, and hear of the result from it.
  private static func recursiveDoubling(_ bytes: Int, _ ring: Ring) -> [MessageStage] {
    let (rank, size) = (ring.rank, ring.size)
    let whole = powers(below: size + 1).last!
    let extra = size - whole
    let isPaired = rank < 2 * extra
    if isPaired && rank % 2 == 0 {
      return [
        MessageStage([ring.send(to: rank + 1, bytes)]),
        MessageStage([ring.receive(from: rank + 1, bytes)]),
      ]
    }
    let place = isPaired ? rank / 2 : rank - extra
    let middle = powers(below: whole).map { distance in
      let other = place ^ distance
      let peer = other < extra ? 2 * other + 1 : other + extra
      return ring.exchange(to: peer, bytes, from: peer, bytes)
    }
    guard isPaired else { return middle }
    return [MessageStage([ring.receive(from: rank - 1, bytes)])] + middle
      + [MessageStage([ring.send(to: rank - 1, bytes)])]
  }

  /// 1, 2, 4, ... below `bound`.
  private static func powers(below bound: Int) -> [Int] {
    Array(sequence(first: 1) { 2 * $0 < bound ? 2 * $0 : nil }).filter { $0 < bound }
  }
}
