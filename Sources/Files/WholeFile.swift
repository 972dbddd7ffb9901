// Files that are read and replaced as a whole, and those that grow at their end.

import Glibc

public enum WholeFile {
  /// The file's first bytes, at most `count` of them.
  public static func bytes(_ path: String, first count: Int, advice: FileAdvice = .general)
    throws(FileError) -> [UInt8]
  {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError("read", path, advice: advice) }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    let got = read(file, &bytes, count)
    guard got >= 0 else { throw FileError("read", path, advice: advice) }
    return Array(bytes[..<got])
  }

  /// The file's bytes, or nil where there is none.
  public static func bytes(_ path: String, advice: FileAdvice = .general) throws(FileError)
    -> [UInt8]?
  {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 {
      if errno == ENOENT { return nil }
      throw FileError("read", path, advice: advice)
    }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(file, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw FileError("read", path, advice: advice) }
      if count == 0 { return bytes }
      bytes.append(contentsOf: piece[0..<count])
    }
  }

  /// The file's text, or nil where there is none. Bytes that are no UTF-8 become U+FFFD.
  public static func text(_ path: String, advice: FileAdvice = .general) throws(FileError)
    -> String?
  {
    try bytes(path, advice: advice).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Replaces the file in one step (``PartialFile``): on an error the old one is as it was.
  public static func replace(
    _ path: String, with bytes: [UInt8], advice: FileAdvice = .general
  ) throws(FileError) {
    try replace(path, withPieces: [bytes], advice: advice)
  }

  /// The same, of pieces that lie one behind the other.
  public static func replace(
    _ path: String, withPieces pieces: [[UInt8]], advice: FileAdvice = .general
  ) throws(FileError) {
    let partial = PartialFile(for: path, advice: advice)
    try partial.create()
    do throws(FileError) {
      try partial.write { (put) throws(FileError) in
        var failure: FileError?
        var place = 0
        for piece in pieces {
          piece.withUnsafeBytes { all in
            do throws(FileError) { try put(all, place) } catch { failure = error }
          }
          if let failure { throw failure }
          place += piece.count
        }
      }
      try partial.publish()
    } catch {
      partial.discard()
      throw error
    }
  }

  public static func replace(
    _ path: String, with text: String, advice: FileAdvice = .general
  ) throws(FileError) {
    try replace(path, with: Array(text.utf8), advice: advice)
  }

  /// Writes at the file's end, making it where there is none. What is appended is on the disk after a
  /// ``Disk/sync(_:advice:)`` of the file.
  public static func append(
    _ bytes: [UInt8], to path: String, advice: FileAdvice = .general
  ) throws(FileError) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw FileError("write", path, advice: advice) }
    defer { close(file) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError("write", path, advice: advice)
      }
      rest = rest.dropFirst(count)
    }
  }

  public static func append(
    _ text: String, to path: String, advice: FileAdvice = .general
  ) throws(FileError) {
    try append(Array(text.utf8), to: path, advice: advice)
  }

  /// `path.1`, or the first such number under which there is nothing.
  public static func freeName(beside path: String) -> String {
    let free = (1...).lazy.map { "\(path).\($0)" }.first { FileKind(of: $0) == .missing }
    return free ?? path
  }
}
