// A scaling study, as a report shows it.

import Files
import Scaling

/// What lies in a folder of `scale` or `simulate`.
struct ScalingRecord {
  let name: String
  private let studies: [[PointSummary]]
  private let about: String
  /// Names without ending, and SVG files' texts.
  private let figures: [(name: String, text: String)]

  /// nil where the folder holds no study. Local.
  init?(directory: String) throws {
    guard let table = try StepTable(folder: directory) else { return nil }
    name = directory.split(separator: "/").last.map(String.init) ?? directory
    studies = ScalingMode.allCases.map { PointSummary.all(of: table, $0) }.filter { !$0.isEmpty }
    func each(_ path: KeyPath<StepRow, String>) -> String {
      Set(table.rows.map { $0[keyPath: path] }).filter { !$0.isEmpty }.sorted()
        .joined(separator: ", ")
    }
    about = [\StepRow.processor, \.commit, \.mpi, \.binding].map(each).filter { !$0.isEmpty }
      .joined(separator: "; ")
    figures = ScalingFigures.names.compactMap { name in
      (try? WholeFile.text("\(directory)/\(name).svg")).map { (name, $0) }
    }
  }

  /// What a report of the folder reads.
  static func inputs(of directory: String) -> [String] {
    ([StepTable.fileName] + ScalingFigures.names.map { "\($0).svg" }).map { "\(directory)/\($0)" }
  }

  var html: String {
    var html = "<p class=\"soft\">\(HTML.escaped(about))</p><div class=\"cards\">"
    for points in studies {
      let rows = points.map { point -> [String] in
        let cells = ScalingText.cells(point)
        return cells
          + [String](repeating: "", count: max(0, ScalingText.head.count - cells.count))
      }
      html +=
        "<section class=\"card wide\"><h3>\(HTML.escaped(points[0].mode.rawValue))</h3>"
        + HTML.table(ScalingText.head, rows)
        + ScalingText.notes(points).map { "<p class=\"note\">\(HTML.escaped($0))</p>" }.joined()
        + "</section>"
    }
    for (index, figure) in figures.enumerated() {
      let drawing =
        InlineFigure.html(figure.text, prefix: "s\(name)-\(index)-")
        ?? "<p>\(HTML.escaped(figure.name)) holds no drawing</p>"
      html +=
        "<figure class=\"wide\"><figcaption>\(HTML.escaped(figure.name))</figcaption>"
        + "<div class=\"drawing adaptive\">\(drawing)</div></figure>"
    }
    return "<h2>Scaling: \(HTML.escaped(name))</h2>" + html + "</div>"
  }
}
