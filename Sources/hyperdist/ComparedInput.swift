// What the command line names for a comparison.

import Files
import RunFiles

/// NAME=PATH or PATH: a run folder, a checkpoint or a sample file.
struct ComparedInput {
  let name: String
  /// A checkpoint or a sample file: of a run folder the networks it ended with, or else its latest checkpoint.
  let file: String

  init(_ text: String) throws {
    var (name, path): (String?, String) = (nil, text)
    if FileKind(of: text) == .missing, let sign = text.firstIndex(of: "=") {
      (name, path) = (String(text[..<sign]), String(text[text.index(after: sign)...]))
    }
    guard !path.isEmpty, name != "" else {
      throw BadRequest(description: "'\(text)': give NAME=PATH or PATH, neither of them empty")
    }
    let folder = RunFolder(directory: path)
    if FileKind(of: folder.configuration) == .file {
      file =
        FileKind(of: folder.networks) == .file
        ? folder.networks : "\(folder.checkpoints)/latest"
    } else {
      file = path
    }
    self.name = name ?? Self.name(of: path, file)
  }

  /// The run folder's name, or the file's without its ending.
  private static func name(of path: String, _ file: String) -> String {
    let folder = RunFolder(ofNetworks: file)?.directory
    let last = (folder ?? path).split(separator: "/").last.map(String.init) ?? path
    return folder == nil && last.hasSuffix(".h5") ? String(last.dropLast(3)) : last
  }

  /// All of a command line, by different names.
  static func all(_ texts: [String]) throws -> [ComparedInput] {
    let inputs = try texts.map(ComparedInput.init)
    for (place, input) in inputs.enumerated() {
      if let other = inputs[..<place].first(where: { $0.name == input.name }) {
        throw BadRequest(
          description:
            "\(other.file) and \(input.file) are both called \(input.name); give one another name: NAME=\(input.file)"
        )
      }
    }
    return inputs
  }
}
