// A configuration as text.

extension Configuration {
  /// The canonical text: every key once, in the order of ``Setting/all``, with its meaning behind it.
  /// Reading it gives this configuration back.
  public func yaml() -> String {
    var lines = ["# hyperdist configuration; every key is described in docs/configuration.md."]
    var open: [Substring] = []
    for setting in Setting.all {
      let components = setting.key.split(separator: ".")
      let section = components.dropLast()
      let shared = zip(open, section).prefix { $0 == $1 }.count
      for depth in shared..<section.count {
        if depth == 0 { lines.append("") }
        lines.append(indent(depth) + section[depth] + ":")
      }
      if section.isEmpty { lines.append("") }
      open = Array(section)
      let key = "\(indent(section.count))\(components[section.count]):"
      switch setting.write(self) {
      case .inline(let value): lines.append(commented("\(key) \(value)", setting.meaning))
      case .lines(let values):
        lines.append(commented(key, setting.meaning))
        lines += values.map { indent(section.count + 1) + $0 }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

  private func commented(_ line: String, _ meaning: String) -> String {
    line + String(repeating: " ", count: max(2, 34 - line.count)) + "# " + meaning
  }
}
