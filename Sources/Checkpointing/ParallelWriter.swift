// All ranks write one HDF5 file together.

import CHDF5
import Collectives
import TensorCore

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
  let reserve: (() throws(CheckpointError) -> Void)?

  private var context: String {
    "cannot write \(finalPath): check the free space and the disk, or choose another folder"
  }

  func write(_ header: CheckpointHeader, _ tensors: [CheckpointTensor]) throws {
    var file: hid_t = -1
    try communicator.agree(
      failure { () throws(CheckpointError) in
        let access = try HDF5.properties(hyperdist_h5_file_access_class(), context)
        try HDF5.check(
          H5Pset_fapl_mpio(access.id, communicator.handle, hyperdist_h5_info_null()), context)
        file = H5Fcreate(path, hyperdist_h5_truncate(), hyperdist_h5_default(), access.id)
        if file < 0 { throw HDF5.error(context) }
      })

    if let reserve { try communicator.onRankZero(reserve) }

    var datasets: [hid_t] = []
    try communicator.agree(
      failure { () throws(CheckpointError) in
        let attributes = AttributeWriter(file: file, context: context)
        try attributes.write(header)
        for tensor in tensors { datasets.append(try create(tensor, in: file)) }
      })

    try communicator.agree(
      failure { () throws(CheckpointError) in
        for (tensor, dataset) in zip(tensors, datasets) { try transfer(tensor, to: dataset) }
      })

    var closeFailure: CheckpointError?
    for dataset in datasets where H5Dclose(dataset) < 0 {
      closeFailure = closeFailure ?? HDF5.error(context)
    }
    if H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 { closeFailure = closeFailure ?? HDF5.error(context) }
    try communicator.agree(closeFailure)
    try communicator.agree(
      failure { () throws(CheckpointError) in try HDF5.check(H5Fclose(file), context) })
  }

  private func create(_ tensor: CheckpointTensor, in file: hid_t) throws(CheckpointError) -> hid_t {
    try TensorDataset.create(tensor.name, shape: tensor.shape, in: file, context)
  }

  /// Writes this rank's rows.
  private func transfer(_ tensor: CheckpointTensor, to dataset: hid_t) throws(CheckpointError) {
    let rows = tensor.shape[0]
    let first = communicator.rank * rows / communicator.size
    let last = (communicator.rank + 1) * rows / communicator.size
    let rowSize = tensor.values.count / max(1, rows)

    if first == last || rowSize == 0 { return }
    let fileSpace = try HDF5.space(tensor.shape, context)
    let memorySpace = try HDF5.space([(last - first) * rowSize], context)
    var start = [hsize_t](repeating: 0, count: tensor.shape.count)
    start[0] = hsize_t(first)
    var extents = tensor.shape.map { hsize_t($0) }
    extents[0] = hsize_t(last - first)
    try HDF5.check(
      H5Sselect_hyperslab(fileSpace.id, H5S_SELECT_SET, start, nil, extents, nil), context)
    try HDF5.check(
      H5Dwrite(
        dataset, hyperdist_h5_native_float(), memorySpace.id, fileSpace.id,
        hyperdist_h5_default(), tensor.values.baseAddress + first * rowSize), context)
  }
}

enum TensorDataset {
  /// A new dataset of 32-bit floats, its groups made where they are missing.
  static func create(
    _ name: String, shape: [Int], in file: hid_t, _ context: String
  ) throws(CheckpointError) -> hid_t {
    let links = try HDF5.properties(hyperdist_h5_link_create_class(), context)
    try HDF5.check(H5Pset_create_intermediate_group(links.id, 1), context)
    let creation = try HDF5.properties(hyperdist_h5_dataset_create_class(), context)
    // Equal states make equal files: no time stamps. Every element is written: no filling first.
    try HDF5.check(H5Pset_obj_track_times(creation.id, false), context)
    try HDF5.check(H5Pset_fill_time(creation.id, H5D_FILL_TIME_NEVER), context)
    let space = try HDF5.space(shape, context)
    let dataset = H5Dcreate2(
      file, name, hyperdist_h5_float_le(), space.id, links.id, creation.id, hyperdist_h5_default())
    if dataset < 0 { throw HDF5.error(context) }
    return dataset
  }
}

/// Writes attributes of a file's root group.
struct AttributeWriter {
  let file: hid_t
  let context: String

  func write(_ header: CheckpointHeader) throws(CheckpointError) {
    try write("format_version", Int64(header.formatVersion))
    try write("step", Int64(header.step))
    try write("seed", header.seed)
    try write("config", header.configuration)
    try write("program_version", header.programVersion)
    try write("state_digest", header.stateDigest)
    try write("reduction", header.reduction)
  }

  private func write(_ name: String, _ value: Int64) throws(CheckpointError) {
    var value = value
    try write(name, hyperdist_h5_int64_le(), from: hyperdist_h5_native_int64(), &value)
  }

  private func write(_ name: String, _ value: UInt64) throws(CheckpointError) {
    var value = value
    try write(name, hyperdist_h5_uint64_le(), from: hyperdist_h5_native_uint64(), &value)
  }

  private func write(_ name: String, _ text: String) throws(CheckpointError) {
    let type = try HDF5Object(hyperdist_h5_text_type(), H5Tclose, context)
    let bytes = AlignedBuffer<CChar>(count: text.utf8.count + 1)
    bytes.view.slice(0, text.utf8.count).copy(from: text.utf8.map { CChar(bitPattern: $0) })
    var address = UnsafePointer(bytes.view.baseAddress)
    try write(name, type.id, from: type.id, &address)
  }

  private func write(
    _ name: String, _ type: hid_t, from memoryType: hid_t, _ value: UnsafeRawPointer
  ) throws(CheckpointError) {
    let space = try HDF5Object(H5Screate(H5S_SCALAR), H5Sclose, context)
    let attribute = try HDF5Object(
      H5Acreate2(
        file, name, type, space.id, hyperdist_h5_default(), hyperdist_h5_default()), H5Aclose,
      context)
    try HDF5.check(H5Awrite(attribute.id, memoryType, value), context)
  }
}
