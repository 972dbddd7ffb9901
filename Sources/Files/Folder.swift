// Folders: making and listing them.

import Glibc

public enum Folder {
  /// Makes a folder and its parents where they are missing, with the permissions that the umask leaves.
  public static func make(_ path: String, advice: FileAdvice = .general) throws(FileError) {
    var made = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/") {
      made += "/" + part
      if mkdir(made, 0o777) == 0 { continue }
      let number = errno
      if FileKind(of: made) == .folder { continue }
      throw FileError(
        "make the folder", made, number: number == EEXIST ? ENOTDIR : number, advice: advice)
    }
  }

  /// Makes a folder that was not there, with its parents: `path`, or `path-2` or the next such name that is free. Whoever makes
  /// folders at the same time gets another one.
  public static func makeNew(_ path: String, advice: FileAdvice = .general) throws(FileError)
    -> String
  {
    try make(containing(path), advice: advice)
    var number = 1
    while true {
      let name = number == 1 ? path : "\(path)-\(number)"
      if mkdir(name, 0o777) == 0 { return name }
      guard errno == EEXIST else { throw FileError("make the folder", name, advice: advice) }
      number += 1
    }
  }

  /// The names in a folder, sorted, hidden ones too; none where it is missing or cannot be read.
  public static func names(in path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The folder in which `path` lies, by its name.
  public static func containing(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
