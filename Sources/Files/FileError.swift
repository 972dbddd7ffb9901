import Glibc
import Host

/// A file could not be read or written.
public struct FileError: UserFacingError {
  public let description: String
  /// The system's words for what happened.
  public let reason: String

  package init(_ action: String, _ path: String, number: Int32 = errno) {
    reason = String(cString: strerror(number))
    let advice =
      switch number {
      case ENOSPC, EDQUOT: "free some space, then continue with --resume auto"
      case EFBIG: "raise the limit on file sizes (`ulimit -f`), then continue with --resume auto"
      default: "check the path and its permissions, or give another --run-dir"
      }
    description = "\(path): cannot \(action): \(reason); \(advice)"
  }
}
