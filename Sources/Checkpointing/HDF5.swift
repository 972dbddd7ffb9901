// The library's common state: one thread at a time, and its errors as lines.

import CHDF5
import Synchronization

enum HDF5 {
  /// HDF5 keeps global state without locks of its own.
  private static let lock = Mutex<Void>(())

  private static let isSetUp: Bool = {
    // At exit HDF5 would close files that an error left open, together with ranks that are gone.
    H5dont_atexit()
    return H5open() >= 0
  }()

  /// Runs `body` while no other thread uses HDF5.
  static func exclusively<Result>(_ body: () throws -> Result) throws -> Result {
    try lock.withLock { _ in
      guard isSetUp, hyperdist_h5_no_error_printing() >= 0 else {
        throw CheckpointError("the HDF5 library does not start; reinstall libhdf5-openmpi")
      }
      return try body()
    }
  }

  /// Closes a file that outlives the call that opened it.
  static func close(_ file: hid_t, _ context: @autoclosure () -> String) throws {
    try exclusively { try check(H5Fclose(file), context()) }
  }

  /// An error with what HDF5 said about the call that failed just now; of a file that is read, its damage.
  static func error(_ context: String) -> CheckpointError {
    var text = [CChar](repeating: 0, count: 1_024)
    hyperdist_h5_error_text(&text, text.count)
    let lines = String(
      decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let message = lines.split(whereSeparator: \.isNewline).joined(separator: " ")
    return CheckpointError(
      message.isEmpty ? context : "\(context) (HDF5: \(message))", isDamage: true)
  }

  static func check(
    _ status: herr_t, _ context: @autoclosure () -> String
  ) throws(CheckpointError) {
    if status < 0 { throw error(context()) }
  }

  static func properties(_ kind: hid_t, _ context: String) throws(CheckpointError) -> HDF5Object {
    try HDF5Object(H5Pcreate(kind), H5Pclose, context)
  }

  /// How files are opened here: without locks, which some network file systems do not have; what is read appears complete.
  static func fileAccess(_ context: String) throws(CheckpointError) -> HDF5Object {
    let access = try properties(hyperdist_h5_file_access_class(), context)
    try check(H5Pset_file_locking(access.id, false, true), context)
    return access
  }

  static func space(_ shape: [Int], _ context: String) throws(CheckpointError) -> HDF5Object {
    let extents = shape.map { hsize_t($0) }
    return try HDF5Object(
      H5Screate_simple(Int32(shape.count), extents, nil), H5Sclose, context)
  }
}
