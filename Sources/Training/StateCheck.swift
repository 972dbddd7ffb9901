// A look at a training's state before it is saved.

import Checkpointing
import Collectives
import Host
import Numerics

/// Sees that a state is finite, and the same on all ranks.
package struct StateCheck {
  private let communicator: Communicator
  private let pool: WorkerPool

  package init(communicator: Communicator, pool: WorkerPool) {
    (self.communicator, self.pool) = (communicator, pool)
  }

  private static let pieceCount = 65_536

  /// What is seen of a tensor.
  private struct Finding {
    var isFinite = true
    /// Of equal tensors equal; of tensors that differ in one number never.
    var checksum = Checksum()
  }

  /// Throws on all ranks alike where the state after step `step` cannot be saved: a number is not finite, or ranks have different ones.
  /// Collective. Cost: one reading of the numbers.
  package func requireSound(_ tensors: [CheckpointTensor], step: Int) throws {
    let findings = look(at: tensors)
    // Who has looked waits without a core, which rank 0's digests may need.
    try communicator.rest()
    let count = tensors.count
    let shared = SharedBuffer<Int64>(count: 3 * count)
    for (index, finding) in findings.enumerated() {
      shared.view[index] = finding.isFinite ? 0 : 1
      shared.view[count + index] = finding.checksum.value
      shared.view[2 * count + index] = ~finding.checksum.value
    }
    try communicator.max(shared.view)
    if let index = tensors.indices.first(where: { shared.view[$0] > 0 }) {
      let isOwn = !findings[index].isFinite
      let all = try communicator.gather(isOwn ? "yes" : "no")
      let ranks = all.indices.filter { all[$0] == "yes" }
      throw error(
        step, "\(tensors[index].name) has a number that is not finite\(place(ranks))")
    }
    // The largest complement is the least number's.
    let differing = tensors.indices.first {
      shared.view[count + $0] != ~shared.view[2 * count + $0]
    }
    if let index = differing {
      let all = try communicator.gather("\(findings[index].checksum.value)")
      let other = all.firstIndex { $0 != all[0] } ?? 0
      throw error(step, "\(tensors[index].name) is not the same on rank \(other) as on rank 0")
    }
  }

  /// The first of `tensors` that has a number that is not finite. Local.
  func firstNotFinite(_ tensors: [CheckpointTensor]) -> CheckpointTensor? {
    zip(tensors, look(at: tensors)).first { !$1.isFinite }?.0
  }

  private func place(_ ranks: [Int]) -> String {
    if ranks.count == communicator.size { return ranks.count == 1 ? "" : " on every rank" }
    return (ranks.count == 1 ? " on rank " : " on ranks ")
      + ranks.map(String.init).joined(separator: ", ")
  }

  private func error(_ step: Int, _ what: String) -> TrainingError {
    TrainingError(
      description:
        "after step \(step) \(what), though that step's loss and gradient were finite: a machine, its memory or the network is at fault; "
        + "this state is not saved, and the run ends here: start it again; a training continues with --resume auto",
      isMetByAllRanks: true)
  }

  private func look(at tensors: [CheckpointTensor]) -> [Finding] {
    let pieces = tensors.indices.flatMap { tensor in
      (0..<tensors[tensor].values.count).pieces(of: Self.pieceCount).map {
        (tensor: tensor, range: $0)
      }
    }
    let found = SharedBuffer<Checksum>(count: pieces.count)
    let finite = SharedBuffer<Bool>(count: pieces.count)
    pool.forEach(pieces.count) { index, _ in
      let (tensor, range) = pieces[index]
      (finite.view[index], found.view[index]) = Self.look(at: tensors[tensor].values.slice(range))
    }
    var findings = [Finding](repeating: Finding(), count: tensors.count)
    for (index, piece) in pieces.enumerated() {
      findings[piece.tensor].isFinite = findings[piece.tensor].isFinite && finite.view[index]
      findings[piece.tensor].checksum.add(found.view[index].bits)
    }
    return findings
  }

  private static func look(at values: FloatView) -> (isFinite: Bool, checksum: Checksum) {
    // Without their sign, the bits of floats are in the floats' order: infinity, then NaN, at the top.
    var largest = SIMD16<UInt32>.zero
    // The bits' sums, and the sums of these, which tell the order too.
    var (sums, orders) = (SIMD16<UInt32>.zero, SIMD16<UInt32>.zero)
    var index = 0
    while index + 16 <= values.count {
      let bits = unsafeBitCast(values.vector16(at: index), to: SIMD16<UInt32>.self)
      largest = pointwiseMax(largest, bits & SIMD16(repeating: 0x7FFF_FFFF))
      sums &+= bits
      orders &+= sums
      index += 16
    }
    var isFinite = largest.max() < Float.infinity.bitPattern
    var checksum = Checksum()
    for lane in 0..<16 {
      checksum.add(UInt64(sums[lane]))
      checksum.add(UInt64(orders[lane]))
    }
    while index < values.count {
      isFinite = isFinite && values[index].isFinite
      checksum.add(UInt64(values[index].bitPattern))
      index += 1
    }
    return (isFinite, checksum)
  }
}

/// FNV-1a over whole numbers: each step can be turned back, so that one number that differs makes another sum.
private struct Checksum {
  private(set) var bits: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ number: UInt64) { bits = (bits ^ number) &* 0x0000_0100_0000_01B3 }

  var value: Int64 { Int64(bitPattern: bits) }
}
