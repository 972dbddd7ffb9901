// One process reads an HDF5 file of tensors.

import CHDF5
import Files
import Glibc

/// A file open for reading in this process.
struct CheckpointReader: ~Copyable {
  private let path: String
  private let file: HDF5Object

  init(_ path: String) throws(CheckpointError) {
    self.path = path
    if access(path, R_OK) != 0 { throw CheckpointError(FileError("read", path).description) }
    let context = "cannot read \(path): it is damaged or not an HDF5 file; use another checkpoint"
    let properties = try HDF5.properties(hyperdist_h5_file_access_class(), context)
    // Files appear complete and are never changed; and some network file systems cannot lock.
    try HDF5.check(H5Pset_file_locking(properties.id, false, true), context)
    file = try HDF5Object(
      H5Fopen(path, hyperdist_h5_read_only(), properties.id), H5Fclose, context)
  }

  func header() throws(CheckpointError) -> CheckpointHeader {
    if H5Aexists(file.id, "format_version") <= 0,
      H5Lexists(file.id, "latents", hyperdist_h5_default()) > 0
    {
      throw CheckpointError(
        "\(path) is not a checkpoint: it holds generated networks; give the checkpoint they were made from"
      )
    }
    let version = try integer("format_version")
    guard version <= Int64(CheckpointFile.formatVersion) else {
      throw CheckpointError(
        "\(path) has format_version \(version), this program reads up to "
          + "\(CheckpointFile.formatVersion); use the newer program that wrote it")
    }
    guard version >= 1 else {
      throw CheckpointError(
        "\(path) has format_version \(version), which no version of this program writes; use another "
          + "checkpoint")
    }
    var seed: UInt64 = 0
    try read("seed", as: hyperdist_h5_native_uint64(), ofClass: H5T_INTEGER, &seed)
    return CheckpointHeader(
      step: Int(try integer("step")), seed: seed, configuration: try text("config"),
      programVersion: try text("program_version"), stateDigest: try text("state_digest"),
      reduction: H5Aexists(file.id, "reduction") > 0
        ? try text("reduction") : CheckpointFile.defaultReduction,
      formatVersion: Int(version))
  }

  private func integer(_ name: String) throws(CheckpointError) -> Int64 {
    var value: Int64 = 0
    try read(name, as: hyperdist_h5_native_int64(), ofClass: H5T_INTEGER, &value)
    return value
  }

  private func text(_ name: String) throws(CheckpointError) -> String {
    let type = try HDF5Object(hyperdist_h5_text_type(), H5Tclose, "cannot read \(path)")
    var address: UnsafeMutablePointer<CChar>?
    try read(name, as: type.id, ofClass: H5T_STRING, &address)
    guard let address else { return "" }
    defer { H5free_memory(address) }
    return String(cString: address)
  }

  private func read(
    _ name: String, as memoryType: hid_t, ofClass kind: H5T_class_t,
    _ value: UnsafeMutableRawPointer
  ) throws(CheckpointError) {
    let advice = "\(path) is not a checkpoint of this program, or damaged; use another one"
    guard H5Aexists(file.id, name) > 0 else {
      throw CheckpointError("\(advice) (it has no attribute \(name))")
    }
    let attribute = try HDF5Object(
      H5Aopen(file.id, name, hyperdist_h5_default()), H5Aclose, advice)
    let type = try HDF5Object(H5Aget_type(attribute.id), H5Tclose, advice)
    let space = try HDF5Object(H5Aget_space(attribute.id), H5Sclose, advice)
    guard H5Tget_class(type.id) == kind, H5Sget_simple_extent_npoints(space.id) == 1,
      kind != H5T_STRING || H5Tis_variable_str(type.id) > 0
    else {
      throw CheckpointError("\(advice) (its attribute \(name) is of another type)")
    }
    try HDF5.check(H5Aread(attribute.id, memoryType, value), advice)
  }

  func list() throws(CheckpointError) -> [(name: String, shape: [Int])] {
    final class Names { var all: [String] = [] }
    let names = Names()
    try HDF5.check(
      hyperdist_h5_visit(
        file.id,
        { name, context in
          let names = Unmanaged<Names>.fromOpaque(context!).takeUnretainedValue()
          names.all.append(String(cString: name!))
        }, Unmanaged.passUnretained(names).toOpaque()),
      "cannot read \(path): it is damaged; use another file")
    var tensors: [(name: String, shape: [Int])] = []
    for name in names.all {
      let object = try HDF5Object(
        H5Oopen(file.id, name, hyperdist_h5_default()), H5Oclose,
        "cannot read \(name) in \(path): it is damaged; use another file")
      guard H5Iget_type(object.id) == H5I_DATASET else { continue }
      if let shape = try shapeIfFloats(object.id, name) { tensors.append((name, shape)) }
    }
    return tensors
  }

  /// Overwrites `tensor.values`.
  func read(_ tensor: CheckpointTensor) throws(CheckpointError) {
    let place = "\(tensor.name) in \(path)"
    let dataset = H5Dopen2(file.id, tensor.name, hyperdist_h5_default())
    guard dataset >= 0 else {
      throw CheckpointError(
        "\(path) has no tensor \(tensor.name); it was saved with another configuration or "
          + "program version, or is damaged")
    }
    defer { H5Dclose(dataset) }
    let shape = try shapeIfFloats(dataset, tensor.name)
    guard shape == tensor.shape else {
      throw CheckpointError(
        "\(place) has \(shape.map { "shape \($0)" } ?? "another number type"), expected shape "
          + "\(tensor.shape) of 32-bit floats; use the configuration it was saved with")
    }
    try HDF5.check(
      H5Dread(
        dataset, hyperdist_h5_native_float(), hyperdist_h5_all(), hyperdist_h5_all(),
        hyperdist_h5_default(), tensor.values.baseAddress),
      "cannot read \(place): the file is damaged; use another checkpoint")
  }

  /// The dataset's shape, or nil if it does not hold 32-bit floats.
  private func shapeIfFloats(_ dataset: hid_t, _ name: String) throws(CheckpointError) -> [Int]? {
    let context = "cannot read \(name) in \(path): it is damaged; use another file"
    let type = try HDF5Object(H5Dget_type(dataset), H5Tclose, context)
    guard H5Tget_class(type.id) == H5T_FLOAT, H5Tget_size(type.id) == 4 else { return nil }
    let space = try HDF5Object(H5Dget_space(dataset), H5Sclose, context)
    let rank = H5Sget_simple_extent_ndims(space.id)
    if rank < 0 { throw HDF5.error(context) }
    var extents = [hsize_t](repeating: 0, count: Int(rank))
    try HDF5.check(H5Sget_simple_extent_dims(space.id, &extents, nil), context)
    return extents.map { Int($0) }
  }
}
