// When what was written will outlive the machine's loss of power.

import Glibc

public enum Disk {
  /// Returns when a file's content, or the names in a folder, are on the disk.
  public static func sync(_ path: String, advice: FileAdvice = .general) throws(FileError) {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError("open", path, advice: advice) }
    defer { close(file) }
    // Some network file systems cannot sync folders: EINVAL.
    if fsync(file) != 0, errno != EINVAL { throw FileError("write", path, advice: advice) }
  }

  /// Returns when the name of what is in its place at `path` is on the disk; an error says that it is there all the same.
  static func confirmName(of path: String, advice: FileAdvice) throws(FileError) {
    do throws(FileError) {
      try sync(Folder.containing(path), advice: advice)
    } catch {
      throw FileError(unconfirmed: path, error)
    }
  }
}
