// A checkpoint's header on its way into a file.

import CHDF5
import Numerics

/// Writes attributes of a file's root group, or of a dataset.
struct AttributeWriter {
  /// Of the file or the dataset.
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
    if let best = header.bestAccuracy { try write("best_accuracy", best) }
    if let best = header.bestNLL { try write("best_nll", best) }
    if let data = header.data { try write("data", data) }
    if let digest = header.dataDigest { try write("data_digest", digest) }
    try write("header_digest", header.digest)
  }

  func write(_ header: SampleHeader) throws(CheckpointError) {
    try write("config", header.configuration)
    try write("program_version", header.programVersion)
    try write("origin", header.origin)
    if let step = header.step { try write("training_step", Int64(step)) }
    if let data = header.data { try write("data", data) }
  }

  func write(_ name: String, _ value: Int64) throws(CheckpointError) {
    var value = value
    try write(name, hyperdist_h5_int64_le(), from: hyperdist_h5_native_int64(), &value)
  }

  private func write(_ name: String, _ value: Double) throws(CheckpointError) {
    var value = value
    try write(name, hyperdist_h5_double_le(), from: hyperdist_h5_native_double(), &value)
  }

  private func write(_ name: String, _ value: UInt64) throws(CheckpointError) {
    var value = value
    try write(name, hyperdist_h5_uint64_le(), from: hyperdist_h5_native_uint64(), &value)
  }

  func write(_ name: String, _ text: String) throws(CheckpointError) {
    let type = try HDF5Object(hyperdist_h5_text_type(), H5Tclose, context)
    let bytes = AlignedBuffer<CChar>(count: text.utf8.count + 1)
    bytes.view.slice(0, text.utf8.count).copy(from: text.utf8.map { CChar(bitPattern: $0) })
    var address = UnsafePointer(bytes.view.baseAddress)
    try write(name, type.id, from: type.id, &address)
  }

  /// The running digest of one of the file's datasets: a text whose length every reader knows, where HDF5 needs no heap for it.
  func write(runningDigest digest: String, of dataset: String) throws(CheckpointError) {
    let dataset = try HDF5Object(
      H5Dopen2(file, dataset, hyperdist_h5_default()), H5Dclose, context)
    let type = try HDF5Object(hyperdist_h5_fixed_text_type(digest.utf8.count), H5Tclose, context)
    let bytes = AlignedBuffer<CChar>(count: digest.utf8.count)
    bytes.view.copy(from: digest.utf8.map { CChar(bitPattern: $0) })
    try AttributeWriter(file: dataset.id, context: context).write(
      TensorDataset.runningDigestName, type.id, from: type.id, bytes.view.baseAddress)
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
