// Text files, written so that an interrupted run leaves whole lines.

import Glibc

package enum TextFile {
  /// The file's text, or nil where there is none.
  package static func read(_ path: String) throws(FileError) -> String? {
    try readBytes(path).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The file's bytes, or nil where there is none.
  package static func readBytes(_ path: String) throws(FileError) -> [UInt8]? {
    let file = open(path, O_RDONLY)
    if file < 0 {
      if errno == ENOENT { return nil }
      throw FileError("read", path)
    }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(file, &piece, piece.count)
      if count < 0 { throw FileError("read", path) }
      if count == 0 { return bytes }
      bytes.append(contentsOf: piece[0..<count])
    }
  }

  /// Replaces the file by `text` under another name first: a reader sees the old text or the new.
  package static func replace(_ path: String, with text: String) throws(FileError) {
    try replace(path, with: Array(text.utf8))
  }

  package static func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
    let partial = path + ".partial"
    let file = open(partial, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard file >= 0 else { throw FileError("create", partial) }
    do {
      try write(bytes, to: file, partial)
    } catch {
      close(file)
      unlink(partial)
      throw error
    }
    guard fsync(file) == 0 else { throw FileError("sync", partial) }
    guard close(file) == 0 else { throw FileError("close", partial) }
    guard rename(partial, path) == 0 else { throw FileError("rename", partial) }
  }

  /// Appends `text` to the file, making it where there is none.
  package static func append(_ text: String, to path: String) throws(FileError) {
    try append(Array(text.utf8), to: path)
  }

  package static func append(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    guard file >= 0 else { throw FileError("open", path) }
    defer { close(file) }
    try write(bytes, to: file, path)
  }

  private static func write(_ all: [UInt8], to file: Int32, _ path: String) throws(FileError) {
    var bytes = all[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError("write", path)
      }
      bytes = bytes.dropFirst(count)
    }
  }
}
