// What users give in a checkpoint's place.

import Files
import Glibc

/// Something that is not a file of HDF5, recognized without that library.
enum ForeignFile {
  /// Why `path` cannot be a checkpoint, and what to give instead; nil where its first bytes are HDF5's.
  static func refusal(of path: String) throws(FileError) -> CheckpointError? {
    switch FileKind(of: path) {
    case .missing: return try missing(path)
    case .folder: return refusal(path, "it is a folder", inFolder(path))
    case .fifo, .socket, .device:
      return refusal(path, "it is \(FileKind(of: path).text)", "give a file, \(example)")
    case .file: break
    }
    let begin = try WholeFile.bytes(path, first: 512)
    if begin.starts(with: signature) { return nil }
    if let kind = ownKind(path, begin) { return refusal(path, kind.what, kind.give) }
    return CheckpointError(
      "\(path) is not a checkpoint: it is \(begin.isEmpty ? "empty" : "no HDF5 file"); use another one, "
        + example, isDamage: true)
  }

  /// A file of HDF5 that is no checkpoint.
  static func refusal(_ path: String, _ what: String, _ give: String) -> CheckpointError {
    CheckpointError("\(path) is not a checkpoint: \(what); \(give)")
  }

  static let giveTheirs = "give the checkpoint they were made from"
  static let example = "such as RUN_DIR/checkpoints/latest"

  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  private static func missing(_ path: String) throws(FileError) -> CheckpointError {
    if let target = SymbolicLink.target(path) {
      return CheckpointError(
        "\(path) points to \(target), which is not there; use another checkpoint", isDamage: true)
    }
    throw FileError(
      "read", path, number: ENOENT, advice: FileAdvice(elsewhere: "give another checkpoint"))
  }

  private static func inFolder(_ path: String) -> String {
    for place in ["\(path)/checkpoints", path] {
      let folder = CheckpointFolder(directory: place, keep: 0)
      if let latest = folder.latest() { return "the latest checkpoint in it is \(latest)" }
    }
    return "give a file, \(example)"
  }

  /// Files that this program writes beside checkpoints.
  private static func ownKind(_ path: String, _ begin: [UInt8]) -> (what: String, give: String)? {
    // A length of 64 bits, then JSON.
    if begin.count > 8, begin[8] == UInt8(ascii: "{"), begin[4..<8].allSatisfy({ $0 == 0 }) {
      return ("it holds generated networks (safetensors)", giveTheirs)
    }
    let name = path.split(separator: "/").last ?? ""
    let kinds = [
      (".yaml", "a configuration"), (".csv", "a table"), (".jsonl", "a log of events"),
      (".html", "a report"), (".svg", "a figure"), (".png", "a figure"),
      (".json", "figures as JSON"),
    ]
    let kind = kinds.first { name.hasSuffix($0.0) }?.1
    let what = name.hasPrefix("events.out.tfevents.") ? "a file of events for TensorBoard" : kind
    return what.map { ("it is \($0)", "give a checkpoint, \(example)") }
  }
}
