// What the system says about a file, as one line that a user can act on.

import Glibc
import Host

/// A file or folder could not be read or written.
public struct FileError: UserFacingError {
  public let action: String
  public let path: String
  /// The system's `errno`.
  public let number: Int32
  public let advice: FileAdvice
  /// Whether all was done but that the disk would confirm it.
  public let isInPlace: Bool

  /// `action` is what could not be done with `path`, such as `write`.
  public init(
    _ action: String, _ path: String, number: Int32 = errno, advice: FileAdvice = .general
  ) {
    (self.action, self.path, self.number, self.advice) = (action, path, number, advice)
    isInPlace = false
  }

  /// `path` is whole and has its name, but `error` tells that this may not be so any more when the machine has lost its power.
  init(unconfirmed path: String, _ error: FileError) {
    (action, number, advice) = (error.action, error.number, error.advice)
    self.path = path
    isInPlace = true
  }

  /// The system's words for what happened.
  public var reason: String { String(cString: strerror(number)) }

  public var description: String {
    isInPlace
      ? "\(path) is written and in its place, but the disk has not confirmed its name, which may be lost with the machine's power: "
        + "\(reason); \(remedy)"
      : "cannot \(action) \(path): \(reason); \(remedy)"
  }

  private var remedy: String {
    let afterwards = advice.afterwards.map { ", then \($0)" } ?? ", or \(advice.elsewhere)"
    return switch number {
    case ENOSPC, EDQUOT: "free some space there\(afterwards)"
    case EFBIG: "raise the limit on file sizes (`ulimit -f`)\(afterwards)"
    case ENOENT, ENOTDIR, EISDIR: "check the path, or \(advice.elsewhere)"
    case EACCES, EPERM, EROFS: "check its permissions, or \(advice.elsewhere)"
    default: "check the path and the disk, or \(advice.elsewhere)"
    }
  }
}
