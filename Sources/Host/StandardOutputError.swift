// What cannot be printed.

import Glibc

/// Standard output did not take what was written.
public struct StandardOutputError: UserFacingError {
  let number: Int32

  public var description: String {
    let advice =
      switch number {
      case ENOSPC, EDQUOT: "free some space where it goes"
      case EFBIG: "raise the limit on file sizes (`ulimit -f`)"
      case EPIPE: "whoever was to read it went away"
      case EBADF: "it is closed, or open for reading only"
      default: "check where it goes"
      }
    return "cannot write to standard output: \(String(cString: strerror(number))); \(advice)"
  }
}
