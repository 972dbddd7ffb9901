import Glibc
import Host

/// A file could not be written or read.
public struct OutputError: UserFacingError {
  public let description: String

  init(_ doing: String, _ path: String) {
    description =
      "cannot \(doing) \(path): \(String(cString: strerror(errno))); choose another --output, or free "
      + "some space there"
  }
}
