// The files that users name for results.

import Files
import Glibc

/// The file that an option of a command names.
public struct OutputFile: Sendable {
  public enum Content: Sendable {
    /// Written from front to back: a pipe or a device will do.
    case text
    /// Written by all ranks, each at its places: it takes a file.
    case tensors
  }

  public let path: String
  /// Such as `--json`.
  public let option: String
  private let content: Content

  public init(_ path: String, option: String, _ content: Content = .text) {
    (self.path, self.option, self.content) = (path, option, content)
  }

  private var advice: FileAdvice { FileAdvice(elsewhere: "choose another \(option)") }

  private func destination() throws(FileError) -> OutputDestination {
    try OutputDestination(of: path, advice: advice)
  }

  /// Whether the file is standard output by another name.
  public var isStandardOutput: Bool { (try? destination()) == .descriptor(STDOUT_FILENO) }

  /// Finds before the work what would fail after it: throws where the file cannot be written, and where it is one of
  /// `inputs`, by whatever name.
  public func check(inputs: [String]) throws {
    try refuse(inputs)
    let destination = try destination()
    if content == .tensors, FileKind(of: path) != .file, FileKind(of: path) != .missing {
      throw OutputError(
        description:
          "\(option) \(path): this is \(FileKind(of: path).text), and tensors are written at many "
          + "places of a file; choose another \(option)", exitStatus: .failed)
    }
    try destination.check(advice: advice)
  }

  /// Throws where two of `outputs` are one file, in which the later would replace the earlier.
  public static func requireDifferent(_ outputs: [OutputFile]) throws(OutputError) {
    for (index, later) in outputs.enumerated() {
      for earlier in outputs[..<index] where earlier.file != nil && earlier.file == later.file {
        throw OutputError(
          description:
            "\(later.option) and \(earlier.option) are one file, \(later.path); choose another "
            + "\(later.option)", exitStatus: .badRequest)
      }
    }
  }

  /// Whether all ranks write it together.
  public var isWrittenByAllRanks: Bool { content == .tensors }

  /// The folder in which it is written.
  public var folder: String { Folder.containing(end) }

  public func write(_ text: String) throws(FileError) {
    try destination().write(text, advice: advice)
  }

  /// Writes pieces one behind the other.
  public func write(pieces: [[UInt8]]) throws(FileError) {
    try destination().write(pieces: pieces, advice: advice)
  }

  /// Where a file of tensors is to be written: at the end of all links.
  public var end: String {
    switch try? destination() {
    case .file(let path), .opened(let path): path
    case .descriptor, nil: path
    }
  }

  /// A file that is there or will be, by its folder and its name there.
  private var file: [String]? {
    guard case .file(let path)? = try? destination(),
      let folder = FileIdentity(of: Folder.containing(path))
    else { return nil }
    return ["\(folder)", String(path.split(separator: "/").last ?? "")]
  }

  private func refuse(_ inputs: [String]) throws(OutputError) {
    guard FileKind(of: path) == .file, let own = FileIdentity(of: path) else { return }
    for input in inputs where FileIdentity(of: input) == own {
      throw OutputError(
        description:
          "\(option) \(path): this is an input\(input == path ? "" : ", \(input)"), which would be lost; "
          + "choose another \(option)", exitStatus: .badRequest)
    }
  }
}
