// A complaint about a configuration, as its reader sees it.

import Yams

/// One thing wrong with a configuration.
public struct Problem: Sendable, Equatable, CustomStringConvertible {
  /// Nil where the value is a preset's.
  public let place: Place?
  public let key: String
  /// What is wrong and what would be right.
  public let text: String

  public var description: String {
    var parts = place.map { [$0.description] } ?? []
    if !key.isEmpty, place != .override(key: key) { parts.append(key) }
    return (parts + [text]).joined(separator: ": ")
  }
}

extension Problem {
  /// A text that is not YAML. Nothing else can be said about such a text.
  init(_ error: any Error, in yaml: String, place: (_ line: Int) -> Place) {
    let line: Int
    let problem: String
    switch error {
    case YamlError.scanner(let context, let text, let mark, _),
      YamlError.parser(let context, let text, let mark, _),
      YamlError.composer(let context, let text, let mark, _):
      line = mark.line
      problem = context.map { "\($0.text), \(text)" } ?? text
    case YamlError.duplicatedKeysInMapping(let duplicates, let context):
      line = context.mark.line
      problem = "\(duplicates.joined(separator: ", ")) is given more than once in this mapping"
    case YamlError.reader(let text, let offset, _, _):
      line = yaml.prefix(offset ?? 0).count { $0.isNewline } + 1
      problem = text
    default:
      line = 1
      problem = "\(error)"
    }
    self.init(place: place(line), key: "", text: "not valid YAML: \(problem)")
  }
}
