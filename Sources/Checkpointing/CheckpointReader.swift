// One process reads an HDF5 file of tensors.

import CHDF5
import Numerics

/// A file open for reading in this process.
struct CheckpointReader: ~Copyable {
  private let path: String
  private let file: HDF5Object

  init(_ path: String) throws {
    self.path = path
    if let refusal = try ForeignFile.refusal(of: path) { throw refusal }
    try FileStructure.check(path)
    let context = "cannot read \(path): it is damaged; use another checkpoint"
    let access = try HDF5.fileAccess(context)
    let file = H5Fopen(path, hyperdist_h5_read_only(), access.id)
    if file < 0 { throw HDF5.error(context) }
    self.file = try HDF5Object(file, H5Fclose, context)
  }

  func header() throws(CheckpointError) -> CheckpointHeader {
    try refuseOwnFilesOfOtherKinds()
    let version = try integer("format_version")
    if version != Int64(CheckpointFile.formatVersion) { throw try wrongVersion(version) }
    let step = try integer("step")
    guard step >= 0 else { throw damage("its attribute step is \(step)") }
    let header = try self.header(step: Int(step), seed: seed())
    if has("header_digest"), try text("header_digest") != header.digest {
      throw damage("its attributes do not match their header_digest")
    }
    return header
  }

  /// What the attributes of a file say that has this program's version.
  private func header(step: Int, seed: UInt64) throws(CheckpointError) -> CheckpointHeader {
    CheckpointHeader(
      step: step, seed: seed, configuration: try text("config"),
      programVersion: try text("program_version"), stateDigest: try text("state_digest"),
      reduction: has("reduction") ? try text("reduction") : CheckpointFile.defaultReduction,
      bestAccuracy: has("best_accuracy") ? try fraction("best_accuracy") : nil,
      bestNLL: has("best_nll") ? try number("best_nll") : nil,
      dataDigest: has("data_digest") ? try text("data_digest") : nil,
      data: has("data") ? try text("data") : nil)
  }

  /// What is wrong with a file of another version: damage, where all but the version is as it was written.
  private func wrongVersion(_ version: Int64) throws(CheckpointError) -> CheckpointError {
    if has("header_digest"), let step = try? integer("step"), step >= 0,
      let seed = try? self.seed(),
      let header = try? self.header(step: Int(step), seed: seed),
      try text("header_digest") == header.digest
    {
      return damage("its attribute format_version is \(version)")
    }
    return CheckpointError(
      version > CheckpointFile.formatVersion
        ? "\(path) has format_version \(version), this program reads up to "
          + "\(CheckpointFile.formatVersion); use the newer program that wrote it"
        : "\(path) has format_version \(version), which no version of this program writes; use another "
          + "checkpoint")
  }

  private func seed() throws(CheckpointError) -> UInt64 {
    var seed: UInt64 = 0
    try read("seed", as: hyperdist_h5_native_uint64(), ofClass: H5T_INTEGER, &seed)
    return seed
  }

  /// Whether this is a sample file, of this program or another.
  var holdsNetworks: Bool { !has("format_version") && (holds("latents") || holds("weights")) }

  /// What a sample file says of itself.
  func sampleHeader() throws(CheckpointError) -> SampleHeader? {
    guard has("config") else { return nil }
    return SampleHeader(
      configuration: try text("config"), programVersion: try text("program_version"),
      origin: try text("origin"),
      step: has("training_step") ? Int(try integer("training_step")) : nil,
      data: has("data") ? try text("data") : nil)
  }

  private func holds(_ name: String) -> Bool {
    H5Lexists(file.id, name, hyperdist_h5_default()) > 0
  }

  private func refuseOwnFilesOfOtherKinds() throws(CheckpointError) {
    if holdsNetworks {
      throw ForeignFile.refusal(path, "it holds generated networks", ForeignFile.giveTheirs)
    }
    if !has("step"), holds("mean_probabilities") || holds("predictions") {
      throw ForeignFile.refusal(
        path,
        "it holds \(holds("predictions") ? "predictions" : "probabilities") that networks gave",
        "give the checkpoint of these networks")
    }
  }

  private func has(_ attribute: String) -> Bool { H5Aexists(file.id, attribute) > 0 }

  /// What is wrong with a file that was a checkpoint.
  private func damage(_ what: String) -> CheckpointError {
    CheckpointError(
      "\(path) is not a checkpoint of this program, or damaged; use another one (\(what))",
      isDamage: true)
  }

  private func integer(_ name: String) throws(CheckpointError) -> Int64 {
    var value: Int64 = 0
    try read(name, as: hyperdist_h5_native_int64(), ofClass: H5T_INTEGER, &value)
    return value
  }

  private func fraction(_ name: String) throws(CheckpointError) -> Double {
    var value = 0.0
    try read(name, as: hyperdist_h5_native_double(), ofClass: H5T_FLOAT, &value)
    guard (0...1).contains(value) else { throw damage("its attribute \(name) is \(value)") }
    return value
  }

  private func number(_ name: String) throws(CheckpointError) -> Double {
    var value = 0.0
    try read(name, as: hyperdist_h5_native_double(), ofClass: H5T_FLOAT, &value)
    guard value.isFinite else { throw damage("its attribute \(name) is \(value)") }
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
    guard has(name) else { throw damage("it has no attribute \(name)") }
    let context =
      "cannot read the attribute \(name) of \(path): it is damaged; use another checkpoint"
    let attribute = try HDF5Object(
      H5Aopen(file.id, name, hyperdist_h5_default()), H5Aclose, context)
    let type = try HDF5Object(H5Aget_type(attribute.id), H5Tclose, context)
    let space = try HDF5Object(H5Aget_space(attribute.id), H5Sclose, context)
    guard H5Tget_class(type.id) == kind, H5Sget_simple_extent_npoints(space.id) == 1,
      kind != H5T_STRING || H5Tis_variable_str(type.id) > 0
    else { throw damage("its attribute \(name) is of another type") }
    if H5Aread(attribute.id, memoryType, value) < 0 {
      throw damage("its attribute \(name) cannot be read")
    }
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

  /// Throws where the file cannot hold as many numbers as the shape says: memory is made for them.
  func requireStored(_ name: String, _ shape: [Int]) throws(CheckpointError) {
    let dataset = try HDF5Object(
      H5Dopen2(file.id, name, hyperdist_h5_default()), H5Dclose, "cannot read \(name) in \(path)")
    // No compression of HDF5's makes a byte of more than a thousand.
    let stored = Int(clamping: H5Dget_storage_size(dataset.id))
    guard shape.reduce(4, *) / 1100 <= stored, !shape.isEmpty else {
      throw damage("\(name) has shape \(shape), but \(stored) bytes")
    }
  }

  /// Overwrites `tensor.values`.
  func read(_ tensor: CheckpointTensor) throws(CheckpointError) {
    let place = "\(tensor.name) in \(path)"
    let dataset = H5Dopen2(file.id, tensor.name, hyperdist_h5_default())
    guard dataset >= 0 else {
      throw CheckpointError(
        "\(path) has no tensor \(tensor.name); it was saved with another configuration or "
          + "program version, or is damaged", isDamage: true)
    }
    defer { H5Dclose(dataset) }
    let shape = try shapeIfFloats(dataset, tensor.name)
    guard shape == tensor.shape else {
      throw CheckpointError(
        "\(place) has \(shape.map { "shape \($0)" } ?? "another number type"), expected shape "
          + "\(tensor.shape) of 32-bit floats; use the configuration it was saved with",
        isDamage: true)
    }
    try TensorDataset.requireStored(
      dataset, "cannot read \(place): the file is damaged; use another checkpoint")
    try HDF5.check(
      H5Dread(
        dataset, hyperdist_h5_native_float(), hyperdist_h5_all(), hyperdist_h5_all(),
        hyperdist_h5_default(), tensor.values.baseAddress),
      "cannot read \(place): the file is damaged; use another checkpoint")
  }

  /// The running digest that a dataset carries; nil in files of before there was one.
  func runningDigest(of name: String) throws(CheckpointError) -> String? {
    try digest(of: name, TensorDataset.runningDigestName)
  }

  private func digest(of name: String, _ attributeName: String) throws(CheckpointError) -> String? {
    let context = "cannot read the digest of \(name) in \(path): it is damaged; use another file"
    let dataset = try HDF5Object(
      H5Dopen2(file.id, name, hyperdist_h5_default()), H5Dclose, context)
    guard H5Aexists(dataset.id, attributeName) > 0 else { return nil }
    let attribute = try HDF5Object(
      H5Aopen(dataset.id, attributeName, hyperdist_h5_default()), H5Aclose, context)
    let type = try HDF5Object(H5Aget_type(attribute.id), H5Tclose, context)
    let space = try HDF5Object(H5Aget_space(attribute.id), H5Sclose, context)
    let size = H5Tget_size(type.id)
    guard H5Tget_class(type.id) == H5T_STRING, H5Tis_variable_str(type.id) == 0, size == 64,
      H5Sget_simple_extent_npoints(space.id) == 1
    else { throw damage("the digest of \(name) is of another type") }
    var bytes = [UInt8](repeating: 0, count: size)
    try HDF5.check(H5Aread(attribute.id, type.id, &bytes), context)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Throws where the tensor that was read last, and added to `state`, is not the one that was saved.
  func requireDigest(_ tensor: CheckpointTensor, _ state: borrowing StateDigest)
    throws(CheckpointError)
  {
    let isSound: Bool
    if let digest = try runningDigest(of: tensor.name) {
      isSound = digest == state.textSoFar()
    } else if let digest = try digest(of: tensor.name, TensorDataset.ownDigestName) {
      isSound = digest == TensorDigests.of(tensor)
    } else {
      isSound = true
    }
    if !isSound {
      throw CheckpointError(
        "\(path) is damaged: \(tensor.name) is not what was saved; use another checkpoint",
        isDamage: true)
    }
  }

  /// Where a tensor's values begin, which lie one behind the other: bytes from the file's start.
  func place(of tensor: CheckpointTensor) throws(CheckpointError) -> Int {
    let context = "cannot read back \(tensor.name) in \(path)"
    let dataset = try HDF5Object(
      H5Dopen2(file.id, tensor.name, hyperdist_h5_default()), H5Dclose, context)
    guard try shapeIfFloats(dataset.id, tensor.name) == tensor.shape,
      let place = Int(exactly: H5Dget_offset(dataset.id))
    else { throw damage("\(tensor.name) is not where it was written") }
    return place
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
    return try shape(extents, name)
  }

  /// Extents whose numbers can all be in a file.
  private func shape(_ extents: [hsize_t], _ name: String) throws(CheckpointError) -> [Int] {
    var count: hsize_t = 4
    for extent in extents {
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: max(1, extent))
      guard !isTooLarge, product <= hsize_t(Int.max) else {
        throw damage("\(name) has shape \(extents)")
      }
      count = product
    }
    return extents.map { Int($0) }
  }
}
