// What is warned of, and what comes back from the log.

import Evaluation
import Files
import Testing

@Suite struct LayerReportTests {
  private func report(_ layers: [(share: Double?, dead: Double?)]) -> LayerReport {
    var report = LayerReport()
    (report.networks, report.images) = (10, 256)
    report.layers = layers.enumerated().map { index, figures in
      var layer = LayerReport.Layer()
      layer.name = "layer\(index + 1)"
      (layer.distanceShare, layer.deadUnits) = figures
      return layer
    }
    return report
  }

  @Test func deadLayersAndOneLayersDistanceAreWarnedOf() {
    #expect(report([(0.9, 0.5), (0.1, 0.2), (0, nil)]).warnings.isEmpty)
    #expect(report([(1, nil)]).warnings.isEmpty)
    #expect(report([(nil, nil), (nil, 0.1)]).warnings.isEmpty)
    let warnings = report([(0.02, 0.1), (0.934, 0.7654), (0.046, nil)]).warnings
    #expect(warnings.count == 2)
    #expect(
      warnings[0].hasPrefix(
        "layer2: 76.5 % of the units are dead: 0 for all of 256 images, mean of 10 networks"))
    #expect(warnings[1].hasPrefix("layer2: 93.4 % of the distance between networks"))
  }

  @Test func whatIsWrittenIsRead() throws {
    let report = report([(0.25, 0), (0.75, 1), (nil, nil)])
    let text = "\(report.json)"
    #expect(LayerReport(json: try #require(JSONValue(parsing: text))) == report)
    #expect(LayerReport(json: .null) == nil)
  }
}
