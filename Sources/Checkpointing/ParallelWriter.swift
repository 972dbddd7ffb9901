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
  let shares: RowShares
  /// Bytes of all but the tensors' values, about, if room is to be made first.
  let headerSize: Int?

  /// Makes a file of `tensors`, with the rows of `shares` from each rank, which appears under `path` when all of it is on the disk; on an error, which
  /// all ranks throw, whatever was there before is left as it was. Every rank may `check` the values at their places in the file when all are on the
  /// disk, and do other things `beside` all that; then
  /// all `describe` together, rank 0 may `write` attributes, and every rank may `verify` the file before it appears. Collective.
  static func replace(
    _ path: String, _ tensors: [SharedTensor], headerSize: Int, communicator: Communicator,
    shares: RowShares? = nil, reservesSpace: Bool,
    beside: (_ writing: () throws -> Void) throws -> Void = { writing in try writing() },
    check: (_ path: String, _ places: [Int]) throws -> Void = { _, _ in },
    describe: () throws -> Void = {},
    write: (AttributeWriter) throws(CheckpointError) -> Void,
    verify: (_ path: String, _ places: [Int]) throws -> Void = { _, _ in }
  ) throws {
    try HDF5.exclusively {
      let partial = PartialFile(for: path)
      do {
        try communicator.onRankZero { try partial.create() }
        let writer = ParallelWriter(
          partial: partial, path: path, communicator: communicator,
          shares: shares ?? .even(communicator.size), headerSize: reservesSpace ? headerSize : nil)
        var places: [Int] = []
        try withoutActuallyEscaping(check) { check in
          try beside {
            places = try writer.writeValues(of: tensors)
            let problem = failure { try check(partial.path, places) }
            try communicator.rest()
            try communicator.agree(problem)
          }
        }
        try communicator.rest()
        try describe()
        try communicator.onRankZero { try writer.complete(write) }
        try communicator.agree(failure { try verify(partial.path, places) })
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

  /// Returns where each tensor's values lie: bytes from the file's start.
  private func writeValues(of tensors: [SharedTensor]) throws -> [Int] {
    let places = SharedBuffer<Int64>(count: tensors.count)
    try communicator.onRankZero {
      // Room first, where giving up is simple; opening the file empties it.
      if let headerSize {
        try partial.reserve(tensors.reduce(headerSize) { $0 + $1.fileSize })
      }
      let found = try layOut(tensors)
      places.view.copy(from: found.map { Int64($0) })
      if let headerSize {
        try partial.reserve(FileIdentity.size(of: partial.path) + headerSize)
      }
    }
    if tensors.count > 0 { try communicator.broadcast(places.view, from: 0) }
    let problem = failure {
      let scratch = Self.scratch(for: tensors)
      try partial.write { (put) throws(FileError) in
        for (index, tensor) in tensors.enumerated() {
          try transfer(tensor, at: Int(places.view[index]), scratch.view, put)
        }
      }
      withExtendedLifetime(scratch) {}
    }
    // Who has done waits without a core, which rank 0's digests may need.
    try communicator.rest()
    try communicator.agree(problem)
    return places.view.array.map(Int.init)
  }

  /// Makes the file without the tensors' values, and says where each of these lie: bytes from the file's start.
  private func layOut(_ tensors: [SharedTensor]) throws(CheckpointError) -> [Int] {
    var places: [Int] = []
    try withFile { access in
      H5Fcreate(partial.path, hyperdist_h5_truncate(), hyperdist_h5_default(), access)
    } body: { file throws(CheckpointError) in
      for tensor in tensors {
        let dataset = try HDF5Object(
          TensorDataset.create(
            tensor.name, shape: tensor.shape, tensor.element, in: file, context), H5Dclose,
          context)
        let place = H5Dget_offset(dataset.id)
        guard tensor.isEmpty || place != .max else { throw HDF5.error(context) }
        places.append(tensor.isEmpty ? 0 : Int(place))
      }
    }
    return places
  }

  /// Writes attributes into the file, which ends behind them then and is on the disk.
  private func complete(_ write: (AttributeWriter) throws(CheckpointError) -> Void) throws {
    try withFile { access in
      H5Fopen(partial.path, hyperdist_h5_read_write(), access)
    } body: { file throws(CheckpointError) in
      try write(AttributeWriter(file: file, context: context))
    }
    try Disk.sync(partial.path)
  }

  private func withFile(
    _ open: (_ access: hid_t) -> hid_t, body: (hid_t) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let access = try HDF5.fileAccess(context)
    let file = open(access.id)
    if file < 0 { throw HDF5.error(context) }
    do throws(CheckpointError) {
      try body(file)
    } catch {
      H5Fclose(file)
      throw error
    }
    try HDF5.check(H5Fclose(file), context)
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
    let rows = shares.rows(of: communicator.rank, tensor.shape[0])
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
