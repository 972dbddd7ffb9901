// The number types of datasets.

import CHDF5

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
