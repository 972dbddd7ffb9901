// A file that appears under its name only when it is complete and on the disk.

import Glibc

/// A file being written as `NAME.partial`. It gets its name in one step, when all of it is on the disk;
/// whoever looks earlier, or after a crash, sees the old file or none.
struct PartialFile {
  static let suffix = ".partial"

  let finalPath: String
  var path: String { finalPath + Self.suffix }

  init(for finalPath: String) { self.finalPath = finalPath }

  /// Makes an empty file.
  func create() throws(CheckpointError) {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if file < 0 { throw CheckpointError("write", finalPath, errno: errno) }
    close(file)
  }

  /// Makes room on the disk for a file of `byteCount` bytes, so that a full disk shows now and not in
  /// the middle of writing. Who writes the file cuts it to its true length.
  func reserve(_ byteCount: Int) throws(CheckpointError) {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    if file < 0 { throw CheckpointError("write", finalPath, errno: errno) }
    defer { close(file) }
    let number = posix_fallocate(file, 0, byteCount)
    // File systems that cannot reserve say so; there a full disk shows later.
    if number != 0, number != EOPNOTSUPP, number != EINVAL {
      throw CheckpointError("write \(byteCount) bytes to", finalPath, errno: number)
    }
  }

  /// Writes bytes at a place of the file.
  typealias Put = (_ bytes: UnsafeRawBufferPointer, _ place: Int) throws(CheckpointError) -> Void

  /// Writes pieces of the file that `body` gives, and waits until they are on the disk.
  func write(_ body: (Put) throws(CheckpointError) -> Void) throws(CheckpointError) {
    let file = open(path, O_WRONLY | O_CLOEXEC)
    if file < 0 { throw CheckpointError("write", finalPath, errno: errno) }
    defer { close(file) }
    try body { (bytes, place) throws(CheckpointError) in
      var written = 0
      while written < bytes.count {
        let count = pwrite(
          file, bytes.baseAddress! + written, bytes.count - written, off_t(place + written))
        if count < 0, errno == EINTR { continue }
        if count <= 0 { throw CheckpointError("write", finalPath, errno: errno) }
        written += count
      }
    }
    if fsync(file) != 0, errno != EINVAL { throw CheckpointError("write", finalPath, errno: errno) }
  }

  /// Brings the file to the disk and gives it its name.
  func publish() throws(CheckpointError) {
    try Self.sync(path)
    if rename(path, finalPath) != 0 { throw CheckpointError("write", finalPath, errno: errno) }
    try Self.sync(Self.folder(of: finalPath))
  }

  /// Removes the unfinished file and gives back its space, even if a process still has it open.
  func discard() {
    truncate(path, 0)
    unlink(path)
  }

  /// Returns when what was written to a file, or the names in a folder, are on the disk.
  static func sync(_ path: String) throws(CheckpointError) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 { throw CheckpointError("open", path, errno: errno) }
    defer { close(file) }
    // Some network file systems cannot sync folders: EINVAL.
    if fsync(file) != 0, errno != EINVAL { throw CheckpointError("write", path, errno: errno) }
  }

  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
