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

  /// Who trains here.
  public var lock: String { directory + "/.lock" }
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

  /// A folder for a new run: `path`, or where that is taken the next free `path-2`, `path-3`... Its own even where runs start in
  /// the same moment. On rank 0.
  public static func new(_ path: String) throws(FileError) -> RunFolder {
    RunFolder(directory: try Folder.makeNew(path, advice: advice))
  }

  /// Bytes of the longest name below a run folder: an event file's, with a host's name of 64, while it is replaced.
  private static let longestName = 128

  /// Throws where the names of the folder's files would be longer than the system takes.
  public func checkLength() throws(FileError) {
    if directory.utf8.count + Self.longestName >= Int(PATH_MAX) {
      throw FileError("make files in", directory, number: ENAMETOOLONG, advice: Self.advice)
    }
  }

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

  /// Gives files of an earlier run, or of somebody else, other names where a run that begins would write over them; returns
  /// the new names. On rank 0.
  package func setAsideEarlierFiles() throws(FileError) -> [String] {
    var moved: [String] = []
    let events = EventFile.files(in: directory)
    let files =
      [metrics, log, networks].map { ($0, $0) }
      // What is called as TensorBoard expects would be shown beside the new run's.
      + events.map { ("\(directory)/\($0)", "\(directory)/earlier-events") }
    for (path, name) in files where FileKind(of: path) == .file {
      moved.append(try setAside(path, as: name))
    }
    return moved
  }

  /// Gives the folder's configuration another name; returns it. On rank 0.
  package func setAsideConfiguration() throws(FileError) -> String {
    try setAside(configuration, as: configuration)
  }

  private func setAside(_ path: String, as name: String) throws(FileError) -> String {
    let free = WholeFile.freeName(beside: name)
    if rename(path, free) != 0 { throw FileError("rename", path, advice: Self.advice) }
    return free
  }

  package func save(configuration text: String) throws(FileError) {
    try WholeFile.replace(configuration, with: text, advice: Self.advice)
  }
}
