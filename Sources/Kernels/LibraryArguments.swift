// Swift's values as oneDNN's C functions take them.

import CDNNL

extension [Int] {
  /// The numbers as oneDNN takes lists of lengths.
  var dims: [dnnl_dim_t] { map { dnnl_dim_t($0) } }
}

/// Calls `body` with the address of `value`, or nil where there is none.
func withPointer<Value, Result>(
  to value: Value?, _ body: (UnsafePointer<Value>?) -> Result
) -> Result {
  guard let value else { return body(nil) }
  return withUnsafePointer(to: value) { body($0) }
}
