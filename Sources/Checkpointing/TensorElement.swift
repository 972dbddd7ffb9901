// The number types of datasets.

import CHDF5
import Numerics

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

  /// Bytes of one within the file.
  var fileSize: Int {
    if case .label(let classes) = self, classes <= 256 { 1 } else { size }
  }

  var isStoredAsInMemory: Bool { fileSize == size }

  /// Labels as the file has them, a byte each.
  func stored(_ labels: UnsafeRawBufferPointer) -> SharedBuffer<UInt8> {
    let numbers = labels.bindMemory(to: UInt16.self)
    let bytes = SharedBuffer<UInt8>(count: numbers.count)
    for index in numbers.indices { bytes.view[index] = UInt8(truncatingIfNeeded: numbers[index]) }
    return bytes
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
