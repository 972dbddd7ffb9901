// The folders that users name for results.

import Files

/// The folder that an option of a command names.
public struct OutputFolder: Sendable {
  public let path: String
  /// Such as `--output`.
  public let option: String

  public init(_ path: String, option: String) { (self.path, self.option) = (path, option) }

  /// Makes the folder where it is missing, and throws where nothing can be written there.
  public func prepare() throws(FileError) {
    try Folder.make(path, advice: advice)
    try check()
  }

  /// Throws where the folder is missing or nothing can be written there.
  public func check() throws(FileError) {
    try OutputDestination.file(path: "\(path)/.hyperdist").check(advice: advice)
  }

  private var advice: FileAdvice { FileAdvice(elsewhere: "choose another \(option)") }
}
