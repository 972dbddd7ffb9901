// What a study says of its points.

import Testing

@testable import Scaling

@Suite struct PointSummaryTests {
  @Test func pointsAreComparedWithTheFewestCores() {
    var table = StepTable()
    var rows: [StepRow] = []
    for (round, factor) in [(1, 1.0), (2, 1.2), (3, 1.1)] {
      // A round's time is its median step.
      for (step, seconds) in [(1, 4.0), (2, 5.0), (3, 90.0)] {
        rows.append(
          StepTableTests.row(ranks: 1, round: round, step: step, seconds: factor * seconds))
      }
      rows.append(StepTableTests.row(ranks: 2, round: round, seconds: factor * 3))
    }
    rows.append(StepTableTests.dead(ranks: 4))
    table.replace(with: rows)
    let points = PointSummary.all(of: table, .strong)
    #expect(points.map(\.name) == ["1x1", "2x1", "4x1"])
    #expect(points[0].seconds == 1.1 * 5 && points[0].low == 5 && points[0].rounds == 3)
    #expect(points[0].efficiency?.value == 1)
    #expect(abs((points[1].efficiency?.value ?? 0) - 5.0 / 6) <= 1e-12)
    #expect(!points[2].hasTime && points[2].problem == "it died, of hunger")
    #expect(points[2].efficiency == nil)
    #expect(PointSummary.all(of: table, .weak).isEmpty)
  }

  /// More threads than cores are no base.
  @Test func oversubscribedPointsAreNoBase() {
    var crowded = StepTableTests.row(ranks: 1, seconds: 10)
    crowded.isOversubscribed = true
    var table = StepTable()
    table.replace(with: [crowded, StepTableTests.row(ranks: 2, seconds: 4)])
    let points = PointSummary.all(of: table, .strong)
    #expect(points.map { $0.efficiency?.value } == [0.8, 1])
  }
}
