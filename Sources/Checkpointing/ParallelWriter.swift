// All ranks write one HDF5 file together.

import CHDF5
import Collectives
import Files
import Numerics

/// One file of tensors: rank 0 lays it out through HDF5, and then every rank writes its rows where they lie in it, as plain bytes.
/// HDF5's own parallel writing is collective wherever metadata change, and leaves ranks waiting for ever for one whose disk failed; here
/// an error is its rank's own until the ranks agree on it.
struct ParallelWriter {
  let partial: PartialFile
  /// For messages.
  let path: String
  let communicator: Communicator
  /// Bytes of the file, about, for which room is made first; nil: for none.
  let reserved: Int?
  /// By tensors' names, for those that carry one.
  let digests: [String: String]

  /// Makes a file of `tensors`, which appears under `path` when all of it is on the disk; on an error, which
  /// all ranks throw, whatever was there before is left as it was. `describe` writes the root group's attributes; `verify` may look
  /// at the file before it appears, on every rank. Collective.
  static func replace(
    _ path: String, _ tensors: [SharedTensor], headerSize: Int, communicator: Communicator,
    reservesSpace: Bool, digests: [String: String] = [:],
    describe: (AttributeWriter) throws(CheckpointError) -> Void,
    verify: ((_ path: String) throws -> Void)? = nil
  ) throws {
    try HDF5.exclusively {
      let partial = PartialFile(for: path)
      do {
        try communicator.onRankZero { try partial.create() }
        try ParallelWriter(
          partial: partial, path: path, communicator: communicator,
          reserved: reservesSpace ? tensors.reduce(headerSize) { $0 + $1.fileSize } : nil,
          digests: digests
        ).write(tensors, describe: describe)
        if let verify { try communicator.agree(failure { try verify(partial.path) }) }
        try communicator.onRankZero { try partial.publish() }
      } catch {
        if communicator.rank == 0 { partial.discard() }
        throw error
      }
    }
  }

  private var context: String {
    "cannot write \(path): check the free space and the disk, or choose another folder"
  }

  private func write(
    _ tensors: [SharedTensor], describe: (AttributeWriter) throws(CheckpointError) -> Void
  ) throws {
    let places = SharedBuffer<Int64>(count: tensors.count)
    try communicator.onRankZero {
      // Room first, where giving up is simple; opening the file empties it.
      if let reserved { try partial.reserve(reserved) }
      let found = try layOut(tensors, describe: describe)
      places.view.copy(from: found.map { Int64($0) })
      if reserved != nil { try partial.reserve(FileIdentity.size(of: partial.path)) }
    }
    if tensors.count > 0 { try communicator.broadcast(places.view, from: 0) }
    try communicator.agree(
      failure {
        let scratch = Self.scratch(for: tensors)
        try partial.write { (put) throws(FileError) in
          for (index, tensor) in tensors.enumerated() {
            try transfer(tensor, at: Int(places.view[index]), scratch.view, put)
          }
        }
        withExtendedLifetime(scratch) {}
      })
    withExtendedLifetime(places) {}
  }

  /// Makes the file with everything but the tensors' values, and says where each of these lie: bytes from the file's start.
  private func layOut(
    _ tensors: [SharedTensor], describe: (AttributeWriter) throws(CheckpointError) -> Void
  ) throws(CheckpointError) -> [Int] {
    let access = try HDF5.properties(hyperdist_h5_file_access_class(), context)
    // Some network file systems cannot lock.
    try HDF5.check(H5Pset_file_locking(access.id, false, true), context)
    let file = H5Fcreate(
      partial.path, hyperdist_h5_truncate(), hyperdist_h5_default(), access.id)
    if file < 0 { throw HDF5.error(context) }
    var places: [Int] = []
    do throws(CheckpointError) {
      try describe(AttributeWriter(file: file, context: context))
      for tensor in tensors {
        let dataset = try HDF5Object(
          TensorDataset.create(
            tensor.name, shape: tensor.shape, tensor.element, in: file, context), H5Dclose,
          context)
        if let digest = digests[tensor.name] {
          try AttributeWriter(file: dataset.id, context: context).writeDigest(digest)
        }
        let place = H5Dget_offset(dataset.id)
        guard tensor.isEmpty || place != .max else { throw HDF5.error(context) }
        places.append(tensor.isEmpty ? 0 : Int(place))
      }
    } catch {
      H5Fclose(file)
      throw error
    }
    try HDF5.check(H5Fclose(file), context)
    return places
  }

  /// Bytes of one call of HDF5: MPI's counts end at 2 GiB.
  static let pieceBytes = 1 << 30
  /// Bytes gathered at a time: few enough to be in the cache still when they are written.
  static let gatheredBytes = 4 << 20

  /// Room for `gatheredBytes`, and for a row of any of `tensors`.
  static func scratch(for tensors: [SharedTensor]) -> SharedBuffer<UInt8> {
    let gathered = tensors.filter { if case .gathered = $0.source { true } else { false } }
    return SharedBuffer(
      count: gathered.isEmpty ? 0 : gathered.reduce(gatheredBytes) { max($0, $1.rowBytes) })
  }

  /// Writes this rank's rows of a tensor that begins at `place`.
  private func transfer(
    _ tensor: SharedTensor, at place: Int, _ scratch: VectorView<UInt8>, _ put: PartialFile.Put
  ) throws(FileError) {
    let rows = SharedTensor.rows(of: communicator.rank, communicator.size, tensor.shape[0])
    if tensor.rowBytes == 0 { return }
    let step = max(1, Self.gatheredBytes / tensor.rowBytes)
    for first in stride(from: 0, to: rows.count, by: step) {
      let own = first..<min(first + step, rows.count)
      guard let bytes = tensor.bytes(of: own, scratch: scratch) else { continue }
      let begin = place + (rows.lowerBound + first) * tensor.fileRowBytes
      if tensor.element.isStoredAsInMemory {
        try put(bytes, begin)
      } else {
        let stored = tensor.element.stored(bytes)
        try put(stored.view.bytes, begin)
        withExtendedLifetime(stored) {}
      }
    }
  }
}
