// A run folder that a command has taken for itself.

import Files
import Glibc
import Reporting
import RunFiles

/// The folder of a training, made where it was missing, with its lock. On rank 0.
struct ClaimedFolder {
  let folder: RunFolder
  let lock: RunLock
  /// Folders that were not there before, the outer ones first.
  private let made: [String]

  init(_ directory: String, isNew: Bool) throws {
    folder = RunFolder(directory: directory)
    try folder.checkLength()
    made =
      [directory, folder.checkpoints].filter { FileKind(of: $0) == .missing }
      + (isNew ? [directory] : [])
    try OutputFolder(directory, option: "--run-dir").prepare()
    lock = try RunLock.take(folder)
  }

  /// Leaves the place as it was found, where nothing was written into it. After an error; local.
  func withdraw() {
    // What holds something stays.
    let others = Folder.names(in: folder.directory).filter { $0 != ".lock" && $0 != "checkpoints" }
    guard others.isEmpty, Folder.names(in: folder.checkpoints).isEmpty else {
      return lock.release()
    }
    lock.withdraw()
    for path in made.reversed() { rmdir(path) }
  }
}
