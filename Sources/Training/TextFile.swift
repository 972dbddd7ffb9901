// Text files of a run, written so that an interrupted run leaves whole lines.

import Glibc
import TensorCore

/// A file of the run folder could not be read or written.
public struct RunFileError: UserFacingError {
  public let description: String
  /// The system's words for what happened.
  public let reason: String

  init(_ action: String, _ path: String, number: Int32 = errno) {
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

enum TextFile {
  /// The file's text, or nil where there is none.
  static func read(_ path: String) throws(RunFileError) -> String? {
    try readBytes(path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The file's bytes, or nil where there is none.
  static func readBytes(_ path: String) throws(RunFileError) -> [UInt8]? {
    let file = open(path, O_RDONLY)
    if file < 0 {
      if errno == ENOENT { return nil }
      throw RunFileError("read", path)
    }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(file, &piece, piece.count)
      if count < 0 { throw RunFileError("read", path) }
      if count == 0 { return bytes }
      bytes.append(contentsOf: piece[0..<count])
    }
  }

  /// Replaces the file by `text` under another name first: a reader sees the old text or the new.
  static func replace(_ path: String, with text: String) throws(RunFileError) {
    try replace(path, with: Array(text.utf8))
  }

  static func replace(_ path: String, with bytes: [UInt8]) throws(RunFileError) {
    let partial = path + ".partial"
    let file = open(partial, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard file >= 0 else { throw RunFileError("create", partial) }
    do {
      try write(bytes, to: file, partial)
    } catch {
      close(file)
      unlink(partial)
      throw error
    }
    guard fsync(file) == 0 else { throw RunFileError("sync", partial) }
    guard close(file) == 0 else { throw RunFileError("close", partial) }
    guard rename(partial, path) == 0 else { throw RunFileError("rename", partial) }
  }

  /// Appends `text` to the file, making it where there is none.
  static func append(_ text: String, to path: String) throws(RunFileError) {
    try append(Array(text.utf8), to: path)
  }

  static func append(_ bytes: [UInt8], to path: String) throws(RunFileError) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    guard file >= 0 else { throw RunFileError("open", path) }
    defer { close(file) }
    try write(bytes, to: file, path)
  }

  private static func write(_ all: [UInt8], to file: Int32, _ path: String) throws(RunFileError) {
    var bytes = all[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw RunFileError("write", path)
      }
      bytes = bytes.dropFirst(count)
    }
  }
}
