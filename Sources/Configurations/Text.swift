// How values are laid out in YAML.

/// The written form of a value.
enum Text: Equatable {
  case inline(String)
  case lines([String])

  /// All of it on one line.
  var joined: String {
    switch self {
    case .inline(let text): text
    case .lines(let lines): lines.joined(separator: " ")
    }
  }
}
