// A checkpoint that was just written, compared with what it was written from.

import Collectives
import Glibc
import Host
import Numerics
import Synchronization

/// What a checkpoint must hold.
struct ReadingBack {
  let header: CheckpointHeader
  let tensors: [CheckpointTensor]
  /// By the tensors' names.
  let digests: [String: String]

  private static let pieceBytes = 1 << 20

  /// A run of bytes in the file and where they were written from.
  private struct Piece: Sendable {
    let tensor: Int
    let place: Int
    let values: FloatView
  }

  private enum Problem { case unreadable, different }

  /// Throws where the file is not what was to be written: its attributes, its digests, and the rows of the next rank, not those that this rank may still have
  /// in its own machine's memory alone. Local.
  func check(_ path: String, _ communicator: Communicator, pool: WorkerPool) throws {
    let reader = try CheckpointReader(path)
    guard try reader.header() == header else {
      throw CheckpointError(
        "the attributes of \(path) are not what was written; choose another place")
    }
    let neighbour = (communicator.rank + 1) % communicator.size
    var pieces: [Piece] = []
    for (number, tensor) in tensors.enumerated() {
      guard try reader.digest(of: tensor.name) == digests[tensor.name] else {
        throw CheckpointError(
          "the digest of \(tensor.name) in \(path) is not what was written; choose another place")
      }
      if tensor.values.count == 0 { continue }
      let rows = SharedTensor.rows(of: neighbour, communicator.size, tensor.shape[0])
      let place = try reader.place(of: tensor)
      let rowSize = tensor.values.count / tensor.shape[0]
      let end = rows.upperBound * rowSize
      for first in stride(from: rows.lowerBound * rowSize, to: end, by: Self.pieceBytes / 4) {
        let count = min(Self.pieceBytes / 4, end - first)
        pieces.append(
          Piece(
            tensor: number, place: place + 4 * first, values: tensor.values.slice(first, count)))
      }
    }
    try compare(pieces, path, pool)
  }

  private func compare(_ pieces: [Piece], _ path: String, _ pool: WorkerPool) throws {
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
