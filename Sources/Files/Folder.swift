// Folders: making and listing them.

import Glibc

public enum Folder {
  /// Makes a folder and its parents where they are missing.
  public static func make(_ path: String) throws(FileError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      if mkdir(made, 0o755) != 0 && errno != EEXIST { throw FileError("create", made) }
    }
  }
}
