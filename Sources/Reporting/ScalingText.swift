// A scaling study for people to read.

import Scaling

public enum ScalingText {
  static let head = [
    "ranks x threads", "nodes", "latents", "ms a step", "least", "most", "efficiency", "95 %",
    "MB", "messages", "rounds",
  ]

  /// The cells of a point; of one that has no time, its name and why.
  static func cells(_ point: PointSummary) -> [String] {
    let name = "\(point.ranks) x \(point.threads)" + (point.isOversubscribed ? " *" : "")
    guard point.hasTime else { return [name, "died: \(point.problem)"] }
    func milliseconds(_ seconds: Double) -> String { Format.figures(1e3 * seconds) }
    func percent(_ part: Double?) -> String { part.map { Format.fixed(100 * $0, 1) } ?? "-" }
    let efficiency = point.efficiency
    return [
      name, "\(point.nodes)", "\(point.latents)", milliseconds(point.seconds),
      milliseconds(point.low), milliseconds(point.high), percent(efficiency?.value),
      "\(percent(efficiency?.low)) to \(percent(efficiency?.high))",
      Format.fixed(1e-6 * Double(point.bytes), 2), "\(point.messages)",
      "\(point.rounds)" + (point.problem.isEmpty ? "" : ", others died: \(point.problem)"),
    ]
  }

  /// What the table's marks and its base mean.
  static func notes(_ points: [PointSummary]) -> [String] {
    var notes: [String] = []
    if let base = points.first(where: { $0.efficiency?.value == 1 }) {
      notes.append(
        "base: \(base.ranks) x \(base.threads), \(Format.figures(1e3 * base.seconds)) ms a step "
          + (base.mode.isWeak
            ? "of \(base.latents) latents; efficiency is its time by that of as many latents a core"
            : "of \(base.latents) latents; efficiency is its time on one core by that of all cores")
      )
    }
    if points.contains(where: \.isOversubscribed) {
      notes.append("* more threads than cores: no time of a machine that has them")
    }
    return notes
  }

  public static func table(_ points: [PointSummary]) -> String {
    var table = TextTable(head)
    for point in points { table.add(cells(point)) }
    return ([table.text] + notes(points)).joined(separator: "\n")
  }
}
