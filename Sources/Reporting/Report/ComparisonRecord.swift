// A comparison, as a report shows it.

import Analysis
import Files

/// What lies in a folder of `compare`.
struct ComparisonRecord {
  let name: String
  let comparison: Comparison
  /// Names without ending, and SVG files' texts.
  private let figures: [(name: String, text: String)]

  /// nil where the folder holds no comparison. Local.
  init?(directory: String) throws {
    guard
      let comparison: Comparison = try ComparisonFiles.read(
        Comparison.fileName, in: directory, with: \.methods)
    else { return nil }
    self.comparison = comparison
    name = directory.split(separator: "/").last.map(String.init) ?? directory
    figures = Self.figureNames(in: directory).compactMap { name in
      (try? WholeFile.text("\(directory)/\(name)")).map { (String(name.dropLast(4)), $0) }
    }
  }

  private static func figureNames(in directory: String) -> [String] {
    Folder.names(in: directory).filter { $0.hasPrefix("comparison-") && $0.hasSuffix(".svg") }
  }

  /// What a report of the folder reads.
  static func inputs(of directory: String) -> [String] {
    ([Comparison.fileName] + figureNames(in: directory)).map { "\(directory)/\($0)" }
  }

  var html: String {
    let about =
      "\(comparison.images) \(comparison.split) images of \(comparison.data)"
      + (comparison.outliers.map { ", other images: \($0)" } ?? "")
    var html = "<h2>Methods compared</h2><p class=\"soft\">\(HTML.escaped(about))</p>"
    let notes =
      (comparison.pool.map { [ComparisonText.explanation($0)] } ?? []) + comparison.warnings
    html += "<div class=\"cards\">"
    typealias Column = ComparisonColumn<ComparedMethod>
    for columns in [Column.worth, Column.quality] {
      let (head, rows) = Column.table(columns, of: comparison.methods, \.name)
      if head.count > 1 {
        html += "<section class=\"card wide\">" + HTML.table(head, rows) + "</section>"
      }
    }
    for (index, figure) in figures.enumerated() {
      let drawing =
        InlineFigure.html(figure.text, prefix: "m\(name)-\(index)-")
        ?? "<p>\(HTML.escaped(figure.name)) holds no drawing</p>"
      html +=
        "<figure class=\"wide\"><figcaption>\(HTML.escaped(figure.name))</figcaption>"
        + "<div class=\"drawing adaptive\">\(drawing)</div></figure>"
    }
    html += "</div>" + notes.map { "<p class=\"note\">\(HTML.escaped($0))</p>" }.joined()
    let networks = comparison.methods.map { [$0.name, $0.networks, $0.augment, $0.file] }
    return html + HTML.table(["method", "networks", "augmentation", "file"], networks)
  }
}
