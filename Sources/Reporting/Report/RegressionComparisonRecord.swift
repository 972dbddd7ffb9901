// A comparison of networks that predict numbers, as a report shows it.

import Files

/// What `compare` leaves in a folder of networks that predict numbers.
struct RegressionComparisonRecord {
  let name: String
  private let comparison: RegressionComparison

  /// nil where the folder holds no such comparison. Local.
  init?(directory: String) throws {
    guard
      let comparison: RegressionComparison = try ComparisonFiles.read(
        RegressionComparison.fileName, in: directory, with: \.methods)
    else { return nil }
    self.comparison = comparison
    name = directory.split(separator: "/").last.map(String.init) ?? directory
  }

  /// What a report of the folder reads.
  static func inputs(of directory: String) -> [String] {
    ["\(directory)/\(RegressionComparison.fileName)"]
  }

  var html: String {
    "<h2>Methods compared</h2><p class=\"soft\">\(HTML.escaped(comparison.about))</p>"
      + "<div class=\"cards\">"
      + comparison.tables.map { table in
        "<section class=\"card wide\">\(HTML.table(table.head, table.rows))</section>"
      }.joined() + "</div><p class=\"note\">\(HTML.escaped(RegressionComparison.note))</p>"
      + HTML.table(
        ["method", "networks", "file"], comparison.methods.map { [$0.name, $0.networks, $0.file] })
  }
}
