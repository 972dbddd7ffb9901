// What validated networks' layers tell, in a report.

import Evaluation

extension RunReport {
  /// A run's layers at its last validation, and over steps.
  var layers: String {
    let cards = runs.enumerated().compactMap { number, run -> String? in
      guard let (step, report) = run.layerReports.last else { return nil }
      let name = runs.count > 1 ? "\(run.name): " : ""
      return
        "<section class=\"card\"><h3>\(HTML.escaped("\(name)step \(step)"))</h3>"
        + HTML.table(LayerText.header, LayerText.rows(report))
        + "<p class=\"note\">\(report.networks) networks, \(report.images) validation images</p></section>"
        + chart(name, run, id: "layers\(number)")
    }
    guard !cards.isEmpty else { return "" }
    return
      "<h2>Layers of validated networks</h2><p class=\"soft\">A layer's part of the mean distance of two networks, and the "
      + "fraction of its units that are 0 for every image looked at.</p><div class=\"cards\">"
      + cards.joined() + "</div>"
  }

  /// Dead units of each layer over steps.
  private func chart(_ name: String, _ run: RunRecord, id: String) -> String {
    let reports = run.layerReports
    let names = reports.last?.report.layers.filter { $0.deadUnits != nil }.map(\.name) ?? []
    let series = names.enumerated().map { index, layer in
      LineChart.Series(
        name: layer, column: "dead_units_\(layer)", color: index % 6 + 1,
        points: reports.compactMap { step, report in
          report.layers.first { $0.name == layer }?.deadUnits.map { (Double(step), $0) }
        })
    }
    return LineChart(title: "\(name)Dead units", series: series, unit: .percent).html(id: id) ?? ""
  }
}
