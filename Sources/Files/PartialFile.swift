// Replacing a file so that a reader, or whoever looks after a crash, sees the old one or the new one whole.

import Glibc
import Host

/// A file being written as `NAME.partial`. It gets its name in one step, when all of it is on the disk. Its
/// permissions are those that the umask leaves.
public struct PartialFile: Sendable {
  public static let suffix = ".partial"

  public let finalPath: String
  public let path: String
  private let advice: FileAdvice

  /// `path` is where the file is written, in the same folder; by default its name and ``suffix``.
  public init(for finalPath: String, writtenAs path: String? = nil, advice: FileAdvice = .general) {
    self.finalPath = finalPath
    self.path = path ?? finalPath + Self.suffix
    self.advice = advice
  }

  /// Makes an empty file.
  public func create() throws(FileError) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw error("write") }
    close(file)
  }

  /// Makes room on the disk for a file of `byteCount` bytes, so that a full disk shows now and not in
  /// the middle of writing. Who writes the file cuts it to its true length.
  public func reserve(_ byteCount: Int) throws(FileError) {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw error("write") }
    defer { close(file) }
    let number = posix_fallocate(file, 0, byteCount)
    // File systems that cannot reserve say so; there a full disk shows later.
    if number != 0, number != EOPNOTSUPP, number != EINVAL {
      throw error("write \(byteCount) bytes to", number)
    }
  }

  /// Writes bytes at a place of the file.
  public typealias Put = (_ bytes: UnsafeRawBufferPointer, _ place: Int) throws(FileError) -> Void

  /// Bytes that are given to the disk while the next ones are written: it would begin with them when all are there, at the earliest.
  private static let runBytes = 16 << 20

  /// Writes pieces of the file that `body` gives, and waits until they are on the disk, which begins with them at once or, if they are not `startedEarly`,
  /// when the system likes.
  public func write(
    startedEarly: Bool = true, _ body: (Put) throws(FileError) -> Void
  ) throws(FileError) {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw error("write") }
    defer { close(file) }
    var run = 0..<0
    try body { (bytes, place) throws(FileError) in
      try put(bytes, at: place, of: file)
      if !startedEarly { return }
      if place != run.upperBound {
        FileSystem.startWriting(file, run)
        run = place..<place
      }
      run = run.lowerBound..<place + bytes.count
      if run.count >= Self.runBytes {
        FileSystem.startWriting(file, run)
        run = run.upperBound..<run.upperBound
      }
    }
    FileSystem.startWriting(file, run)
    if fsync(file) != 0, errno != EINVAL { throw error("write") }
  }

  private func put(_ bytes: UnsafeRawBufferPointer, at place: Int, of file: Int32)
    throws(FileError)
  {
    var written = 0
    while written < bytes.count {
      let count = pwrite(
        file, bytes.baseAddress! + written, bytes.count - written, off_t(place + written))
      if count < 0, errno == EINTR { continue }
      if count <= 0 { throw error("write") }
      written += count
    }
  }

  /// Brings the file to the disk and gives it its name. An error says whether it has it (``FileError/isInPlace``).
  public func publish() throws(FileError) {
    try Disk.sync(path, advice: advice)
    if rename(path, finalPath) != 0 { throw error("write") }
    try Disk.confirmName(of: finalPath, advice: advice)
  }

  /// Removes the unfinished file and gives back its space, even if a process still has it open.
  public func discard() {
    truncate(path, 0)
    unlink(path)
  }

  private func error(_ action: String, _ number: Int32 = errno) -> FileError {
    FileError(action, finalPath, number: number, advice: advice)
  }
}
