// Reads YAML and overrides into a configuration, noting every problem on the way.

import Yams

/// A configuration being read.
struct ConfigurationReader {
  var configuration: Configuration
  var problems = Problems()
  /// Where each setting was given last.
  private(set) var places: [String: Place] = [:]
  /// Settings that were given but could not be read: nothing that depends on them is checked.
  private(set) var refused: Set<String> = []

  init(_ configuration: Configuration) { self.configuration = configuration }

  /// Reads a whole document. Its `preset` is not a setting: whoever chose the configuration to start
  /// from has read it.
  mutating func read(document: Node, source: Source) {
    guard let mapping = document.mapping else {
      if !document.isNull {
        problems.add("", at: source.place(of: document, key: ""), "not a mapping of keys to values")
      }
      return
    }
    for (key, value) in mapping where key.string != "preset" { read(key, value, "", source) }
  }

  /// Reads one override, `key.path=value`; the value is YAML.
  mutating func read(override text: String) {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      problems.add("", at: .override(key: text), "not of the form key.path=value")
      return
    }
    let key = String(text[..<equals])
    let value = String(text[text.index(after: equals)...])
    let source = Source.override(key: key)
    guard key != "preset" else {
      problems.add(
        "", at: .override(key: "preset=\(value)"), "a preset is chosen with --preset \(value)")
      return
    }
    do {
      read(Node(key), try compose(yaml: value) ?? Node("", Tag(.null)), "", source)
    } catch {
      problems.add(key, at: .override(key: key), "'\(value)' is not valid YAML")
    }
  }

  /// Reads what stands under one key of the section `section`.
  private mutating func read(_ keyNode: Node, _ value: Node, _ section: String, _ source: Source) {
    guard let name = keyNode.string else {
      problems.add(section, at: source.place(of: keyNode, key: section), "a key that is not a text")
      return
    }
    let key = section.isEmpty ? name : "\(section).\(name)"
    if let setting = Setting.all.first(where: { $0.key == key }) {
      let entry = Entry(key: key, node: value, source: source)
      places[key] = source.place(of: keyNode, key: key)
      if setting.read(entry, &configuration, &problems) {
        refused.remove(key)
      } else {
        refused.insert(key)
      }
    } else if Setting.sections.contains(key) {
      guard let mapping = value.mapping else {
        if !value.isNull {
          problems.add(
            key, at: source.place(of: value, key: key), "a section needs keys below it, not a value"
          )
        }
        return
      }
      for (inner, value) in mapping { read(inner, value, key, source) }
    } else {
      let nearest = nearestName(to: key, among: Setting.sections + Setting.all.map(\.key))
      problems.add(
        key, at: source.place(of: keyNode, key: key),
        "unknown key; the nearest known one is \(nearest)")
    }
  }
}

extension Node {
  /// Nothing, `~` or `null`, unquoted.
  var isNull: Bool {
    guard let scalar else { return false }
    let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
    return !isQuoted && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}
