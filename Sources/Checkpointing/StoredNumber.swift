// Types of numbers that arrays are read as.

import CHDF5

package protocol StoredNumber: BitwiseCopyable {
  /// HDF5's type of it in memory, and in files that this program writes.
  static var memoryType: Int64 { get }
  static var fileType: Int64 { get }
}

extension UInt8: StoredNumber {
  package static var memoryType: Int64 { hyperdist_h5_native_uint8() }
  package static var fileType: Int64 { hyperdist_h5_uint8() }
}

extension Float: StoredNumber {
  package static var memoryType: Int64 { hyperdist_h5_native_float() }
  package static var fileType: Int64 { hyperdist_h5_float_le() }
}

extension Int64: StoredNumber {
  package static var memoryType: Int64 { hyperdist_h5_native_int64() }
  package static var fileType: Int64 { hyperdist_h5_int64_le() }
}
