// Files and overrides, which have values in different places.

import Yams

/// The text a node was read from.
enum Source {
  case file(String)
  case override(key: String)

  func place(of node: Node, key: String) -> Place {
    switch self {
    case .file(let name): .line(source: name, line: node.mark?.line ?? 1)
    case .override(let key): .override(key: key)
    }
  }
}
