// All ranks write one HDF5 file together.

import CHDF5
import Collectives
import TensorCore

/// What a dataset holds.
enum TensorElement {
  case float, double, byte

  var size: Int {
    switch self {
    case .float: 4
    case .double: 8
    case .byte: 1
    }
  }

  /// The type within the file and that of memory.
  var types: (file: hid_t, memory: hid_t) {
    switch self {
    case .float: (hyperdist_h5_float_le(), hyperdist_h5_native_float())
    case .double: (hyperdist_h5_double_le(), hyperdist_h5_native_double())
    case .byte: (hyperdist_h5_uint8(), hyperdist_h5_native_uint8())
    }
  }
}

/// A tensor of a file, of which rank r of P writes rows r * rows / P ..< (r + 1) * rows / P.
struct SharedTensor {
  let name: String
  let shape: [Int]
  let element: TensorElement
  let source: Source

  /// Where this rank's rows come from.
  enum Source {
    case memory(UnsafeRawBufferPointer)
    /// Copies some of them, counted from this rank's first, to where they are wanted.
    case gathered((_ rows: Range<Int>, _ destination: UnsafeMutableRawPointer) -> Void)
  }

  /// Some of this rank's rows, counted from its first: where they lie, or gathered in `scratch`. Nil: rows
  /// of nothing.
  func bytes(of rows: Range<Int>, scratch: VectorView<UInt8>) -> UnsafeRawBufferPointer? {
    let count = rows.count * rowBytes
    if count == 0 { return nil }
    switch source {
    case .memory(let bytes):
      let begin = rows.lowerBound * rowBytes
      return UnsafeRawBufferPointer(rebasing: bytes[begin..<begin + count])
    case .gathered(let gather):
      let place = scratch.slice(0, count)
      gather(rows, UnsafeMutableRawPointer(place.baseAddress))
      return place.bytes
    }
  }

  var rowBytes: Int { shape.dropFirst().reduce(element.size, *) }

  static func rows(of rank: Int, _ size: Int, _ count: Int) -> Range<Int> {
    rank * count / size..<(rank + 1) * count / size
  }

  /// `values` are all rows, the same on every rank.
  init<Element>(
    _ name: String, shape: [Int], _ element: TensorElement, all values: VectorView<Element>,
    _ communicator: Communicator
  ) {
    let rows = Self.rows(of: communicator.rank, communicator.size, shape[0])
    let rowSize = values.count / max(1, shape[0])
    self.init(
      name, shape: shape, element,
      own: values.slice(rows.lowerBound * rowSize, rows.count * rowSize),
      communicator)
  }

  /// `values` are this rank's rows.
  init<Element>(
    _ name: String, shape: [Int], _ element: TensorElement, own values: VectorView<Element>,
    _ communicator: Communicator
  ) {
    let rows = Self.rows(of: communicator.rank, communicator.size, shape[0])
    precondition(
      values.count == rows.count * shape.dropFirst().reduce(1, *)
        && MemoryLayout<Element>.stride == element.size,
      "SharedTensor \(name): \(values.count) values for \(rows.count) rows of \(shape)")
    (self.name, self.shape, self.element, source) = (name, shape, element, .memory(values.bytes))
  }

  /// Rows of 32-bit floats that lie elsewhere in another order.
  init(
    _ name: String, shape: [Int],
    gather: @escaping (_ rows: Range<Int>, _ destination: UnsafeMutableRawPointer) -> Void
  ) {
    (self.name, self.shape, element, source) = (name, shape, .float, .gathered(gather))
  }

  /// Bytes of the dataset in the file, about.
  var fileSize: Int { shape.reduce(element.size, *) + 2_048 }
}

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

  /// Makes a file of `tensors`, which appears under `path` when all of it is on the disk; on an error, which
  /// all ranks throw, whatever was there before is left as it was. Collective.
  static func replace(
    _ path: String, _ tensors: [SharedTensor], headerSize: Int, communicator: Communicator,
    reservesSpace: Bool, describe: (AttributeWriter) throws(CheckpointError) -> Void
  ) throws {
    try HDF5.exclusively {
      let partial = PartialFile(for: path)
      try communicator.onRankZero { () throws(CheckpointError) in try partial.create() }
      do {
        var reserve: (() throws(CheckpointError) -> Void)?
        if reservesSpace {
          let byteCount = tensors.reduce(headerSize) { $0 + $1.fileSize }
          reserve = { () throws(CheckpointError) in try partial.reserve(byteCount) }
        }
        // Once before the file is open everywhere, where giving up is simple; and once more, as opening
        // empties the file.
        if let reserve { try communicator.onRankZero(reserve) }
        try ParallelWriter(
          path: partial.path, finalPath: path, communicator: communicator, reserve: reserve
        ).write(tensors, describe: describe)
        try communicator.onRankZero { () throws(CheckpointError) in try partial.publish() }
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
        try describe(AttributeWriter(file: file, context: context))
        for tensor in tensors { datasets.append(try create(tensor, in: file)) }
      })

    try communicator.agree(
      failure { () throws(CheckpointError) in
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
      failure { () throws(CheckpointError) in try HDF5.check(H5Fclose(file), context) })
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

enum TensorDataset {
  /// Some rows of a tensor: where they are in the file, and in memory one behind the other.
  struct Rows: ~Copyable {
    let file: HDF5Object
    let memory: HDF5Object
  }

  static func rows(
    _ range: Range<Int>, of tensor: SharedTensor, _ context: String
  ) throws(CheckpointError) -> Rows {
    let file = try HDF5.space(tensor.shape, context)
    let memory = try HDF5.space(
      [range.count * tensor.shape.dropFirst().reduce(1, *)], context)
    if range.isEmpty {
      try HDF5.check(H5Sselect_none(file.id), context)
      try HDF5.check(H5Sselect_none(memory.id), context)
    } else {
      var start = [hsize_t](repeating: 0, count: tensor.shape.count)
      start[0] = hsize_t(range.lowerBound)
      var extents = tensor.shape.map { hsize_t($0) }
      extents[0] = hsize_t(range.count)
      try HDF5.check(
        H5Sselect_hyperslab(file.id, H5S_SELECT_SET, start, nil, extents, nil), context)
    }
    return Rows(file: file, memory: memory)
  }

  /// A new dataset, its groups made where they are missing.
  static func create(
    _ name: String, shape: [Int], _ element: TensorElement = .float, in file: hid_t,
    _ context: String
  ) throws(CheckpointError) -> hid_t {
    let links = try HDF5.properties(hyperdist_h5_link_create_class(), context)
    try HDF5.check(H5Pset_create_intermediate_group(links.id, 1), context)
    let creation = try HDF5.properties(hyperdist_h5_dataset_create_class(), context)
    // Equal states make equal files: no time stamps. Every element is written: no filling first.
    try HDF5.check(H5Pset_obj_track_times(creation.id, false), context)
    try HDF5.check(H5Pset_fill_time(creation.id, H5D_FILL_TIME_NEVER), context)
    let space = try HDF5.space(shape, context)
    let dataset = H5Dcreate2(
      file, name, element.types.file, space.id, links.id, creation.id, hyperdist_h5_default())
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

  func write(_ name: String, _ value: Int64) throws(CheckpointError) {
    var value = value
    try write(name, hyperdist_h5_int64_le(), from: hyperdist_h5_native_int64(), &value)
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
