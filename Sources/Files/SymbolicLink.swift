// Names for other names.

import Glibc

public enum SymbolicLink {
  /// Makes a link at `path` with the text `target`, in the place of what was there, in one step.
  public static func replace(_ path: String, target: String, advice: FileAdvice = .general)
    throws(FileError)
  {
    let new = path + PartialFile.suffix
    unlink(new)
    if symlink(target, new) != 0 || rename(new, path) != 0 {
      let error = FileError("make the link", path, advice: advice)
      unlink(new)
      throw error
    }
    try Disk.confirmName(of: path, advice: advice)
  }

  /// The text of the link; nil where there is none.
  public static func target(_ path: String) -> String? {
    var text = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = text.withUnsafeMutableBytes {
      readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count)
    }
    return length > 0 ? String(decoding: text.prefix(length), as: UTF8.self) : nil
  }
}
