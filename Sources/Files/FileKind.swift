// What lies under a path, links followed.

import Glibc

public enum FileKind: Sendable, Equatable {
  case missing, file, folder, fifo, socket
  /// Of characters or blocks, such as /dev/null.
  case device

  /// What `path` names; links are followed. Missing too is what cannot be looked at.
  public init(of path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self = .missing
      return
    }
    self =
      switch status.st_mode & S_IFMT {
      case S_IFDIR: .folder
      case S_IFIFO: .fifo
      case S_IFSOCK: .socket
      case S_IFCHR, S_IFBLK: .device
      default: .file
      }
  }

  /// With an article, for messages.
  public var text: String {
    switch self {
    case .missing: "not there"
    case .file: "a file"
    case .folder: "a folder"
    case .fifo: "a pipe"
    case .socket: "a socket"
    case .device: "a device"
    }
  }
}
