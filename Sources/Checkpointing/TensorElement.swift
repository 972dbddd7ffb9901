// The number types of datasets.

import CHDF5

/// What a dataset holds.
enum TensorElement {
  case float, double
  /// Of `classes` classes, in memory 16 bits each; in the file 8 where they suffice.
  case label(classes: Int)

  var size: Int {
    switch self {
    case .float: 4
    case .double: 8
    case .label: 2
    }
  }

  /// The type within the file and that of memory.
  var types: (file: hid_t, memory: hid_t) {
    switch self {
    case .float: (hyperdist_h5_float_le(), hyperdist_h5_native_float())
    case .double: (hyperdist_h5_double_le(), hyperdist_h5_native_double())
    case .label(let classes):
      (
        classes <= 256 ? hyperdist_h5_uint8() : hyperdist_h5_uint16_le(),
        hyperdist_h5_native_uint16()
      )
    }
  }
}
