// What oneDNN reports when it cannot do something.

import CDNNL
import Host

/// A oneDNN call that failed, in the user's words.
public struct KernelError: UserFacingError, Equatable {
  /// The C function, and what it was asked for.
  public let function: String
  /// The value of oneDNN's `dnnl_status_t`.
  public let status: UInt32

  /// Whether it is the shape or the processor that there is no code for.
  public var isUnimplemented: Bool { status == dnnl_unimplemented.rawValue }

  public var description: String {
    let version = LibraryReport.oneDNNVersion
    return "\(function): \(Self.meaning(of: status)) (oneDNN \(version), "
      + "status \(status)); is libdnnl2 of the version this program was built for installed?"
  }

  static func meaning(of status: UInt32) -> String {
    switch dnnl_status_t(rawValue: status) {
    case dnnl_out_of_memory: "out of memory"
    case dnnl_invalid_arguments: "invalid arguments"
    case dnnl_unimplemented: "not implemented for this shape or processor"
    case dnnl_iterator_ends: "no implementation is left"
    case dnnl_runtime_error: "failed while running"
    case dnnl_not_required: "not required"
    default: "unknown failure"
    }
  }
}

/// Throws unless `status` says success.
func check(_ status: dnnl_status_t, _ function: @autoclosure () -> String) throws(KernelError) {
  if status != dnnl_success { throw KernelError(function: function(), status: status.rawValue) }
}
