// The checkpoints of one run: which there are, which is latest, which is best.

import Collectives
import Files
import Glibc

/// A folder of files `step-00001000.h5` with the symbolic links `latest` and `best`.
public struct CheckpointFolder: Sendable {
  public let directory: String
  /// How many of the newest checkpoints stay; 0: all. What `latest` and `best` point to always stays.
  public let keep: Int

  public init(directory: String, keep: Int) {
    precondition(keep >= 0, "CheckpointFolder: keep \(keep)")
    (self.directory, self.keep) = (directory, keep)
  }

  /// Where the checkpoint of a step is or would be.
  public func path(step: Int) -> String { "\(directory)/\(Self.name(step: step))" }

  /// The checkpoint `latest` points to, or the one of the highest step if there is no such link; nil in
  /// a folder without checkpoints.
  public func latest() -> String? { target(of: "latest") ?? steps().max().map(path(step:)) }

  /// Checkpoints to take up, the best first: ``latest()``, then the others from the newest on.
  public func candidates() -> [String] {
    let newest = steps().reversed().map(path(step:))
    guard let latest = latest() else { return [] }
    return [latest] + newest.filter { FileIdentity(of: $0) != FileIdentity(of: latest) }
  }

  /// Gives checkpoints that cannot be used another name, `NAME.damaged`, and makes that of `step` the latest. On one rank.
  public func setAside(_ damaged: [String], latest step: Int) throws(FileError) {
    for path in damaged {
      let new = "\(path).damaged"
      if rename(path, new) != 0 { throw FileError("rename", path) }
    }
    try link("latest", to: step)
  }

  /// The checkpoint `best` points to.
  public func best() -> String? { target(of: "best") }

  /// The steps of all checkpoints here, ascending.
  public func steps() -> [Int] { entries().compactMap(Self.step(name:)).sorted() }

  /// Writes the checkpoint of `header.step`, makes it `latest` (and `best` if so), and removes those
  /// that need not stay, with what crashed runs left half-written. Makes the folder if it is missing.
  /// Returns the checkpoint's path. `inspect`: as of ``CheckpointFile``. Collective; all ranks throw the same error, and then older
  /// checkpoints are as they were.
  @discardableResult
  public func save(
    _ header: CheckpointHeader, tensors: [CheckpointTensor], digests: StateDigester? = nil,
    communicator: Communicator, isBest: Bool = false, inspect: () throws -> Void = {}
  ) throws -> String {
    try communicator.onRankZero {
      try Folder.make(directory)
      for name in entries() where name.hasSuffix(PartialFile.suffix) {
        unlink("\(directory)/\(name)")
      }
    }
    let path = path(step: header.step)
    try CheckpointFile.write(
      path, header: header, tensors: tensors, digests: digests, communicator: communicator,
      inspect: inspect)
    try communicator.onRankZero {
      try link("latest", to: header.step)
      if isBest { try link("best", to: header.step) }
      prune(upTo: header.step)
    }
    return path
  }

  private static func name(step: Int) -> String {
    let digits = "\(step)"
    return "step-" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits + ".h5"
  }

  private static func step(name: String) -> Int? {
    guard name.hasPrefix("step-"), name.hasSuffix(".h5") else { return nil }
    let digits = name.dropFirst(5).dropLast(3)
    return digits.allSatisfy { $0.isASCII && $0.isNumber } ? Int(digits) : nil
  }

  private func entries() -> [String] { Folder.names(in: directory) }

  /// The checkpoint a link of ours points to, if it exists.
  private func target(of name: String) -> String? {
    guard let target = SymbolicLink.target("\(directory)/\(name)") else { return nil }
    let path = target.hasPrefix("/") ? target : "\(directory)/\(target)"
    return FileKind(of: path) == .missing ? nil : path
  }

  private func link(_ name: String, to step: Int) throws(FileError) {
    try SymbolicLink.replace("\(directory)/\(name)", target: Self.name(step: step))
  }

  /// Removes those beyond `keep`. What lies there of later steps, which a training that went back to `step` has still to make again, does not count.
  private func prune(upTo step: Int) {
    if keep == 0 { return }
    let linked = [target(of: "latest"), target(of: "best")]
      .map { $0.flatMap { $0.split(separator: "/").last }.map(String.init) }
    for step in steps().filter({ $0 <= step }).dropLast(keep)
    where !linked.contains(Self.name(step: step)) {
      unlink(path(step: step))
    }
  }
}
