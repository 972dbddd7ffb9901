// Where what is written under a path ends up.

import Glibc
import Host

/// A path that a user gave for an output, followed to its end: links stay links, and pipes, devices and open files
/// are written to as they are.
public enum OutputDestination: Sendable, Equatable {
  /// A file that appears or is replaced as a whole, at the end of all links.
  case file(path: String)
  /// A pipe, a device, or a file of several names: opened and written.
  case opened(path: String)
  /// A file that this process has open, such as /dev/stdout or the shell's `>(...)`.
  case descriptor(Int32)

  /// Links that are followed before they count as going round in circles.
  private static let mostLinks = 40

  public init(of given: String, advice: FileAdvice = .general) throws(FileError) {
    var path = given
    for _ in 0..<Self.mostLinks {
      if let number = Self.openNumber(path) {
        self = .descriptor(number)
        return
      }
      guard let target = SymbolicLink.target(path) else {
        self = try Self.end(of: path, advice)
        return
      }
      path = target.hasPrefix("/") ? target : "\(Folder.containing(path))/\(target)"
    }
    throw FileError("write", given, number: ELOOP, advice: advice)
  }

  /// Throws where writing will surely fail; leaves everything as it is.
  public func check(advice: FileAdvice = .general) throws(FileError) {
    switch self {
    case .file(let path):
      if FileKind(of: path) == .file, access(path, W_OK) != 0 {
        throw FileError("write", path, advice: advice)
      }
      // Only making a file tells whether one can be made.
      let trial = "\(path).\(getpid())\(PartialFile.suffix)"
      let file = open(trial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard file >= 0 else { throw FileError("write", path, advice: advice) }
      close(file)
      unlink(trial)
    case .opened(let path):
      if access(path, W_OK) != 0 { throw FileError("write", path, advice: advice) }
    case .descriptor(let number):
      let mode = fcntl(number, F_GETFL)
      guard mode >= 0, mode & O_ACCMODE != O_RDONLY else {
        throw FileError("write", "/dev/fd/\(number)", number: EBADF, advice: advice)
      }
    }
  }

  public func write(_ text: String, advice: FileAdvice = .general) throws(FileError) {
    try write(pieces: [Array(text.utf8)], advice: advice)
  }

  /// Writes pieces one behind the other.
  public func write(pieces: [[UInt8]], advice: FileAdvice = .general) throws(FileError) {
    switch self {
    case .file(let path): try WholeFile.replace(path, withPieces: pieces, advice: advice)
    case .opened(let path):
      let file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
      guard file >= 0 else { throw FileError("write", path, advice: advice) }
      let number = Self.write(pieces, to: file)
      let isClosed = close(file) == 0
      if let number { throw FileError("write", path, number: number, advice: advice) }
      if !isClosed { throw FileError("write", path, advice: advice) }
    case .descriptor(let number):
      if let failed = Self.write(pieces, to: number) {
        throw FileError("write", "/dev/fd/\(number)", number: failed, advice: advice)
      }
    }
  }

  /// The system's number of what went wrong; nil where nothing did.
  private static func write(_ pieces: [[UInt8]], to file: Int32) -> Int32? {
    for piece in pieces {
      if let number = ByteOutput.write(piece, to: file) { return number }
    }
    return nil
  }

  private static func end(of path: String, _ advice: FileAdvice) throws(FileError)
    -> OutputDestination
  {
    var status = stat()
    guard stat(path, &status) == 0 else {
      // Where there is nothing yet, a file can be made, unless the folder is missing too.
      if errno == ENOENT, !path.hasSuffix("/") { return .file(path: path) }
      throw FileError("write", path, advice: advice)
    }
    switch FileKind(of: path) {
    case .folder: throw FileError("write", path, number: EISDIR, advice: advice)
    case .socket: throw FileError("write", path, number: ENXIO, advice: advice)
    case .fifo, .device: return .opened(path: path)
    case .file, .missing: return status.st_nlink > 1 ? .opened(path: path) : .file(path: path)
    }
  }

  /// The number of an open file of this process that `path` stands for.
  private static func openNumber(_ path: String) -> Int32? {
    for folder in ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"]
    where path.hasPrefix(folder) {
      return Int32(path.dropFirst(folder.count))
    }
    return nil
  }
}
