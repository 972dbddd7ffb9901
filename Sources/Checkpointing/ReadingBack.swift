// A checkpoint that was just written, compared with what it was written from.

import Collectives
import Glibc
import Host
import Numerics
import Synchronization

/// What a checkpoint must hold.
struct ReadingBack {
  let tensors: [CheckpointTensor]
  let communicator: Communicator
  let pool: WorkerPool

  private static let pieceBytes = 1 << 18

  /// A run of bytes in the file and where they were written from.
  private struct Piece: Sendable {
    let tensor: Int
    let place: Int
    let values: FloatView
  }

  private enum Problem { case unreadable, different }

  /// Throws where the file does not say what it was to say of itself and its tensors, whose values are at `places`. Local.
  func checkAttributes(
    _ path: String, _ header: CheckpointHeader, _ digests: TensorDigests, places: [Int]
  ) throws {
    let reader = try CheckpointReader(path)
    guard try reader.header() == header else {
      throw CheckpointError(
        "the attributes of \(path) are not what was written; choose another place")
    }
    for (tensor, place) in zip(tensors, places) {
      guard try reader.runningDigest(of: tensor.name) == digests.running[tensor.name],
        try tensor.values.count == 0 || reader.place(of: tensor) == place
      else {
        throw CheckpointError(
          "the digest or the place of \(tensor.name) in \(path) is not what was written; choose another place"
        )
      }
    }
  }

  /// Throws where the values at `places` of the file are not what was to be written there. Each rank reads the part of the next one, which another machine wrote where ranks have
  /// machines of their own: what this rank wrote may be in its own machine's memory alone. Local.
  func checkValues(_ path: String, places: [Int]) throws {
    let neighbour = (communicator.rank + 1) % communicator.size
    let parts = RowShares.even(communicator.size)
    var pieces: [Piece] = []
    for (number, (tensor, place)) in zip(tensors, places).enumerated() {
      if tensor.values.count == 0 { continue }
      let rows = parts.rows(of: neighbour, tensor.shape[0])
      let rowSize = tensor.values.count / tensor.shape[0]
      let end = rows.upperBound * rowSize
      for first in stride(from: rows.lowerBound * rowSize, to: end, by: Self.pieceBytes / 4) {
        let count = min(Self.pieceBytes / 4, end - first)
        pieces.append(
          Piece(
            tensor: number, place: place + 4 * first, values: tensor.values.slice(first, count)))
      }
    }
    try compare(pieces, path)
  }

  private func compare(_ pieces: [Piece], _ path: String) throws {
    let file = try FileBytes(path)
    let scratch = (0..<pool.threadCount).map { _ in
      SharedBuffer<UInt8>(count: Self.pieceBytes)
    }
    let found = Mutex<(tensor: Int, problem: Problem)?>(nil)
    pool.forEach(pieces.count) { index, thread in
      let piece = pieces[index]
      let (read, written) = (scratch[thread].view, piece.values.bytes)
      let problem: Problem
      if !file.read(at: piece.place, into: read.slice(0, written.count)) {
        problem = .unreadable
      } else if memcmp(read.baseAddress, written.baseAddress!, written.count) != 0 {
        problem = .different
      } else {
        return
      }
      found.withLock { $0 = $0 ?? (piece.tensor, problem) }
    }
    guard let (tensor, problem) = found.withLock({ $0 }) else { return }
    let name = "\(tensors[tensor].name) in \(path)"
    switch problem {
    case .unreadable:
      throw CheckpointError("cannot read back \(name); choose another place", isDamage: true)
    case .different:
      throw CheckpointError(
        "\(name) is not what was written: the disk or the file system under it is at fault; "
          + "choose another place")
    }
  }
}
