// The folder of one run: configuration, metrics, events, checkpoints.

import Files
import Glibc

/// Paths of a run folder, and its making.
public struct RunFolder: Sendable {
  public let directory: String

  public init(directory: String) { self.directory = directory }

  /// The run folder in whose folder of checkpoints `path` lies, by its name: RUN_DIR/checkpoints/NAME beside
  /// RUN_DIR/config.yaml. Nil for other paths.
  public init?(ofCheckpoint path: String) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count >= 2, parts[parts.count - 2] == "checkpoints" else { return nil }
    let above = parts.dropLast(2)
    self.init(directory: above.isEmpty ? "." : above == [""] ? "/" : above.joined(separator: "/"))
    guard access(configuration, F_OK) == 0 else { return nil }
  }

  /// The run folder that a file of networks belongs to: a checkpoint's, or that of a baseline's networks.
  public init?(ofNetworks path: String) {
    if let folder = RunFolder(ofCheckpoint: path) {
      self = folder
      return
    }
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    let above = parts.dropLast().joined(separator: "/")
    self.init(directory: parts.count == 1 ? "." : above.isEmpty ? "/" : above)
    guard parts.last == "networks.h5", access(configuration, F_OK) == 0 else { return nil }
  }

  public var configuration: String { directory + "/config.yaml" }
  public var metrics: String { directory + "/metrics.csv" }
  public var log: String { directory + "/log.jsonl" }
  /// The sample file that a baseline ends with.
  public var networks: String { directory + "/networks.h5" }
  public var checkpoints: String { directory + "/checkpoints" }
  /// What analyses leave and a report shows.
  public var figures: String { directory + "/figures" }

  /// What users of a run folder can do where it cannot be written.
  package static let advice = FileAdvice(
    elsewhere: "give another --run-dir", afterwards: "continue with --resume auto")

  /// Makes the folder and its parents where they are missing. On rank 0.
  package func make() throws(FileError) { try Folder.make(checkpoints, advice: Self.advice) }

  /// The text of a file that a user named.
  public static func text(of path: String) throws(FileError) -> String {
    guard let text = try WholeFile.text(path) else {
      throw FileError("read", path, number: ENOENT)
    }
    return text
  }

  /// The configuration of an earlier session in this folder, or nil.
  public func savedConfiguration() throws -> String? {
    try WholeFile.text(configuration, advice: Self.advice)
  }

  package func save(configuration text: String) throws(FileError) {
    try WholeFile.replace(configuration, with: text, advice: Self.advice)
  }
}
