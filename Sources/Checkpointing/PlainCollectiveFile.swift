// What HDF5 does by itself with the same tensors: a yardstick for writing.

import CHDF5
import Collectives
import Files
import Glibc
import Host
import Numerics

/// Writes the tensors of a sample file or a checkpoint as a program would that does no more than HDF5's own
/// examples: create, one collective `H5Dwrite` a tensor, close. No room is reserved, no partial name, ranks do not
/// agree on errors (a disk that fails one rank may leave the others waiting), and what is written lies
/// ready in memory: this is for measuring.
public final class PlainCollectiveFile {
  /// Bytes of the tensors, of all ranks together.
  public let byteCount: Int
  private let tensors: [SharedTensor]
  private let buffers: [SharedBuffer<Float>]
  private let communicator: Communicator

  /// The tensors of ``SampleFile/writeHDF5(_:_:communicator:)``, brought into the file's order here.
  public convenience init(_ samples: WeightSamples, communicator: Communicator) {
    let buffers = samples.tensors.map { tensor in
      let rows = SharedBuffer<Float>(count: samples.ownCount * tensor.rowCount)
      samples.gather(0..<samples.ownCount, of: tensor, into: rows.view.baseAddress)
      return rows
    }
    let tensors = zip(samples.sharedTensors, buffers).map {
      SharedTensor($0.name, shape: $0.shape, $0.element, own: $1.view, communicator)
    }
    self.init(tensors, keeping: buffers, communicator: communicator)
  }

  /// Those of ``CheckpointFile/write(_:header:tensors:communicator:)``, which must outlive this.
  public convenience init(_ tensors: [CheckpointTensor], communicator: Communicator) {
    self.init(
      CheckpointFile.shared(tensors, communicator), keeping: [], communicator: communicator)
  }

  private init(
    _ tensors: [SharedTensor], keeping buffers: [SharedBuffer<Float>], communicator: Communicator
  ) {
    self.tensors = tensors
    self.buffers = buffers
    self.communicator = communicator
    byteCount = tensors.reduce(0) { $0 + $1.shape.reduce($1.element.size, *) }
  }

  /// Replaces the file, which is on the disk on return; returns the seconds until it was closed. Collective.
  public func write(_ path: String) throws -> Double {
    try HDF5.exclusively {
      let context = "cannot write \(path): check the free space and the disk"
      let begin = monotonicSeconds()
      let access = try HDF5.properties(hyperdist_h5_file_access_class(), context)
      try HDF5.check(
        H5Pset_fapl_mpio(access.id, communicator.handle, hyperdist_h5_info_null()), context)
      let transfer = try HDF5.properties(hyperdist_h5_transfer_class(), context)
      try HDF5.check(H5Pset_dxpl_mpio(transfer.id, H5FD_MPIO_COLLECTIVE), context)
      let file = H5Fcreate(path, hyperdist_h5_truncate(), hyperdist_h5_default(), access.id)
      if file < 0 { throw HDF5.error(context) }
      for tensor in tensors { try write(tensor, to: file, transfer.id, context) }
      try HDF5.check(H5Fclose(file), context)
      let closed = monotonicSeconds() - begin
      try Disk.sync(path)
      return closed
    }
  }

  private func write(
    _ tensor: SharedTensor, to file: hid_t, _ transfer: hid_t, _ context: String
  ) throws {
    let dataset = try TensorDataset.create(
      tensor.name, shape: tensor.shape, tensor.element, in: file, context)
    defer { H5Dclose(dataset) }
    // All ranks make as many calls, of as many rows; MPI's counts end at 2 GiB.
    let rowBytes = tensor.rowBytes
    guard case .memory(let bytes) = tensor.source else {
      preconditionFailure("PlainCollectiveFile: \(tensor.name) is not in memory")
    }
    let own = RowShares.even(communicator.size).rows(of: communicator.rank, tensor.shape[0])
    let step = max(1, ParallelWriter.pieceBytes / max(1, rowBytes))
    let most = (tensor.shape[0] + communicator.size - 1) / communicator.size
    for piece in 0..<max(1, (most + step - 1) / step) {
      let first = min(own.lowerBound + piece * step, own.upperBound)
      let count = min(step, own.upperBound - first)
      let rows = try TensorDataset.rows(first..<first + count, shape: tensor.shape, context)
      let address = bytes.baseAddress.map {
        $0 + (first - own.lowerBound) * rowBytes
      }
      try HDF5.check(
        H5Dwrite(
          dataset, tensor.element.types.memory, rows.memory.id, rows.file.id, transfer, address),
        context)
    }
  }
}
