// All ranks write one HDF5 file together.

import CHDF5
import Collectives
import Files
import Numerics

/// One file, open on all ranks. The calls of every phase are the same on every rank, because HDF5's
/// metadata changes are collective; an error is kept until the phase ends and the ranks agree on it.
/// Values are transferred independently: each rank writes one contiguous piece of a tensor, and Open
/// MPI's collective writes wait forever for a rank whose disk failed. After an error the file is left
/// open: closing it is collective too, and a rank that failed halfway cannot take part.
struct ParallelWriter {
  let path: String
  /// For messages.
  let finalPath: String
  let communicator: Communicator
  /// Run by rank 0 when the file is open and empty.
  let reserve: (() throws -> Void)?

  /// Makes a file of `tensors`, which appears under `path` when all of it is on the disk; on an error, which
  /// all ranks throw, whatever was there before is left as it was. Collective.
  static func replace(
    _ path: String, _ tensors: [SharedTensor], headerSize: Int, communicator: Communicator,
    reservesSpace: Bool, describe: (AttributeWriter) throws(CheckpointError) -> Void
  ) throws {
    try HDF5.exclusively {
      let partial = PartialFile(for: path)
      try communicator.onRankZero { try partial.create() }
      do {
        var reserve: (() throws -> Void)?
        if reservesSpace {
          let byteCount = tensors.reduce(headerSize) { $0 + $1.fileSize }
          reserve = { try partial.reserve(byteCount) }
        }
        // Once before the file is open everywhere, where giving up is simple; and once more, as opening
        // empties the file.
        if let reserve { try communicator.onRankZero(reserve) }
        try ParallelWriter(
          path: partial.path, finalPath: path, communicator: communicator, reserve: reserve
        ).write(tensors, describe: describe)
        try communicator.onRankZero { try partial.publish() }
      } catch {
        if communicator.rank == 0 { partial.discard() }
        throw error
      }
    }
  }

  private var context: String {
    "cannot write \(finalPath): check the free space and the disk, or choose another folder"
  }

  /// `describe` writes the root group's attributes.
  func write(
    _ tensors: [SharedTensor], describe: (AttributeWriter) throws(CheckpointError) -> Void
  ) throws {
    var file: hid_t = -1
    try communicator.agree(
      failure {
        let access = try HDF5.properties(hyperdist_h5_file_access_class(), context)
        try HDF5.check(
          H5Pset_fapl_mpio(access.id, communicator.handle, hyperdist_h5_info_null()), context)
        file = H5Fcreate(path, hyperdist_h5_truncate(), hyperdist_h5_default(), access.id)
        if file < 0 { throw HDF5.error(context) }
      })

    if let reserve { try communicator.onRankZero(reserve) }

    var datasets: [hid_t] = []
    try communicator.agree(
      failure {
        try describe(AttributeWriter(file: file, context: context))
        for tensor in tensors { datasets.append(try create(tensor, in: file)) }
      })

    try communicator.agree(
      failure {
        let scratch = Self.scratch(for: tensors)
        for (tensor, dataset) in zip(tensors, datasets) {
          try transfer(tensor, to: dataset, scratch.view)
        }
        withExtendedLifetime(scratch) {}
      })

    var closeFailure: CheckpointError?
    for dataset in datasets where H5Dclose(dataset) < 0 {
      closeFailure = closeFailure ?? HDF5.error(context)
    }
    if H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 { closeFailure = closeFailure ?? HDF5.error(context) }
    try communicator.agree(closeFailure)
    try communicator.agree(
      failure { try HDF5.check(H5Fclose(file), context) })
  }

  private func create(_ tensor: SharedTensor, in file: hid_t) throws(CheckpointError) -> hid_t {
    try TensorDataset.create(
      tensor.name, shape: tensor.shape, tensor.element, in: file, context)
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

  /// Writes this rank's rows.
  private func transfer(
    _ tensor: SharedTensor, to dataset: hid_t, _ scratch: VectorView<UInt8>
  ) throws(CheckpointError) {
    let rows = SharedTensor.rows(of: communicator.rank, communicator.size, tensor.shape[0])
    let rowBytes = tensor.rowBytes
    if rowBytes == 0 { return }
    let limit = if case .memory = tensor.source { Self.pieceBytes } else { Self.gatheredBytes }
    let step = max(1, limit / rowBytes)
    var first = rows.lowerBound
    while first < rows.upperBound {
      let count = min(step, rows.upperBound - first)
      let own = first - rows.lowerBound..<first - rows.lowerBound + count
      let bytes = tensor.bytes(of: own, scratch: scratch)
      let spaces = try TensorDataset.rows(first..<first + count, of: tensor, context)
      try HDF5.check(
        H5Dwrite(
          dataset, tensor.element.types.memory, spaces.memory.id, spaces.file.id,
          hyperdist_h5_default(), bytes?.baseAddress), context)
      first += count
    }
  }
}
