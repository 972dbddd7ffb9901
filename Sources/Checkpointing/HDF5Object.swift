// HDF5's identifiers, closed when they go away.

import CHDF5

/// An open HDF5 object of this process, closed when its owner goes away. Not for files that several
/// ranks have open: closing those is collective.
struct HDF5Object: ~Copyable {
  let id: hid_t
  private let close: (hid_t) -> herr_t

  /// Takes what an HDF5 function returned; a negative `id` is an error.
  init(
    _ id: hid_t, _ close: @escaping (hid_t) -> herr_t, _ context: @autoclosure () -> String
  ) throws(CheckpointError) {
    if id < 0 { throw HDF5.error(context()) }
    self.id = id
    self.close = close
  }

  deinit { _ = close(id) }
}
