// Files of the repository that say what the code says.

import Configurations
import Foundation
import TestSupport
import Testing

@Suite struct ConfigurationDocumentationTests {
  @Test(arguments: Configuration.presetNames)
  func presetFilesHoldThePresets(name: String) throws {
    try RepositoryFile("Configs/\(name).yaml").expect(Configuration.preset(name).yaml())
  }

  /// The tables between the marks in docs/configuration.md are those of the code.
  @Test func documentationHoldsTheTables() throws {
    let file = RepositoryFile("docs/configuration.md")
    let text = try file.text
    let updated = try [("settings", settingsTable), ("layers", layersTable)].reduce(text) {
      try replacing($1.0, in: $0, by: $1.1())
    }
    try file.expect(updated)
  }

  private func replacing(_ name: String, in text: String, by table: String) throws -> String {
    let begin = try #require(text.range(of: "<!-- \(name): begin -->\n"))
    let end = try #require(text.range(of: "<!-- \(name): end -->"))
    return text.replacingCharacters(in: begin.upperBound..<end.lowerBound, with: table)
  }

  private func settingsTable() throws -> String {
    let presets = try Configuration.presetNames.map { try Configuration.preset($0) }
    let names = Configuration.presetNames.map { "`\($0)`" }
    var rows = [
      ["Key", "Allowed", "Meaning"] + names, Array(repeating: "---", count: 3 + names.count),
    ]
    for setting in Setting.all {
      // A network is too long for a cell; the preset's file shows it.
      let values = presets.map { setting.key == "target.layers" ? "see file" : setting.text($0) }
      rows.append(["`\(setting.key)`", setting.allowed, setting.meaning] + values)
    }
    return table(rows)
  }

  private func layersTable() -> String {
    table(
      [["Layer", "Fields", "Meaning"], ["---", "---", "---"]]
        + LayerKind.all.map { kind in
          ["`\(kind.name)`", kind.fields.joined(separator: ", "), kind.meaning]
        })
  }

  private func table(_ rows: [[String]]) -> String {
    rows.map { "| " + $0.joined(separator: " | ") + " |\n" }.joined()
  }
}
