// A value of a YAML text on its way into a setting.

import Yams

/// A node, the full key it was found under, and where.
struct Entry {
  let key: String
  let node: Node
  let source: Source

  var place: Place { source.place(of: node, key: key) }

  /// The node's text if it is a scalar that is not null.
  var text: String? {
    node.isNull ? nil : node.scalar?.string
  }

  func element(_ index: Int, _ node: Node) -> Entry {
    Entry(key: "\(key)[\(index)]", node: node, source: source)
  }
}
