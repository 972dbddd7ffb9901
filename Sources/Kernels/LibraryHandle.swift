// Ownership of oneDNN's objects.

import CDNNL

/// Sole owner of one oneDNN object (engine, stream, memory, primitive, ...): destroyed in deinit.
struct LibraryHandle: ~Copyable {
  typealias Destroy = @convention(c) (OpaquePointer?) -> dnnl_status_t

  let raw: OpaquePointer
  private let destroy: Destroy

  /// Takes what `create` made; `function` names the call in the error.
  init(
    _ function: @autoclosure () -> String, destroy: Destroy,
    create: (inout OpaquePointer?) -> dnnl_status_t
  ) throws(KernelError) {
    var made: OpaquePointer?
    try check(create(&made), function())
    guard let made else {
      throw KernelError(function: function(), status: dnnl_runtime_error.rawValue)
    }
    raw = made
    self.destroy = destroy
  }

  deinit { _ = destroy(raw) }
}
