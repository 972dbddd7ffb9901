// Text that is safe in HTML.

enum HTML {
  /// `text` with the characters that mean something in HTML replaced, inside elements and attributes.
  static func escaped(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  /// A table with a header row; all cells are texts.
  static func table(_ header: [String], _ rows: [[String]], className: String = "") -> String {
    func row(_ cells: [String], _ tag: String) -> String {
      "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>"
    }
    return
      "<div class=\"scroll\"><table class=\"\(className)\"><thead>\(row(header, "th"))</thead><tbody>"
      + rows.map { row($0, "td") }.joined(separator: "\n") + "</tbody></table></div>"
  }

  /// Pairs of a name and a text.
  static func definitions(_ pairs: [(String, String)]) -> String {
    "<dl>" + pairs.map { "<dt>\(escaped($0.0))</dt><dd>\(escaped($0.1))</dd>" }.joined() + "</dl>"
  }
}
