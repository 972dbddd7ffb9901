// Where a complaint about a value points.

/// Where a value was written.
public enum Place: Sendable, Equatable, CustomStringConvertible {
  case line(source: String, line: Int)
  /// An override given on the command line.
  case override(key: String)

  public var description: String {
    switch self {
    case .line(let source, let line): "\(source):\(line)"
    case .override(let key): "--set \(key)"
    }
  }
}
