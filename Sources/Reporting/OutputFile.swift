// Text files that a user asked for.

import Glibc

enum OutputFile {
  /// Makes a folder and those it lies in, where they are missing.
  static func makeFolder(_ path: String) throws(OutputError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      if mkdir(made, 0o755) != 0 && errno != EEXIST { throw OutputError("make the folder", made) }
    }
  }

  /// Replaces the file by `text`.
  static func write(_ text: String, to path: String) throws(OutputError) {
    guard let file = fopen(path, "w") else { throw OutputError("write", path) }
    let count = text.utf8.count
    let written = text.withCString { fwrite($0, 1, count, file) }
    guard fclose(file) == 0, written == count else { throw OutputError("write", path) }
  }

  static func read(_ path: String) throws(OutputError) -> String {
    guard let file = fopen(path, "r") else { throw OutputError("read", path) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&piece, 1, piece.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece[..<count]
    }
  }
}
