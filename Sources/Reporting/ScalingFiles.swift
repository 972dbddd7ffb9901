// A scaling study's files: points, figures.

import Files
import Glibc
import Host
import Scaling

public enum ScalingFiles {
  /// One row a point, beside the table of steps.
  public static let pointsName = "scaling-points.csv"

  /// Writes the points and figures of a study into a folder that is there. `model` are points of another study, drawn as a line. Returns the files' paths,
  /// and why figures are missing where they are. Local.
  public static func write(
    _ points: [PointSummary], to folder: String, model: [PointSummary] = [],
    drawsOversubscribed: Bool = false
  ) throws -> (files: [String], problem: String?) {
    let path = "\(folder)/\(pointsName)"
    try WholeFile.replace(path, with: csv(points))
    for name in ScalingFigures.names {
      for ending in ["svg", "png"] { unlink("\(folder)/\(name).\(ending)") }
    }
    let figures = ScalingFigures(
      points.filter { drawsOversubscribed || !$0.isOversubscribed },
      model: model.filter { drawsOversubscribed || !$0.isOversubscribed }
    ).figures
    let (drawn, problem) = try Gnuplot.draw(figures, into: folder)
    return ([path] + drawn, problem)
  }

  private static func csv(_ points: [PointSummary]) -> String {
    let head =
      [
        "mode", "nodes", "ranks", "threads", "cores", "team", "latents", "images", "rounds",
        "seconds", "seconds_low", "seconds_high", "efficiency", "efficiency_low",
        "efficiency_high",
      ] + Phase.allCases.map { "mean_\($0)" } + ["bytes", "messages", "oversubscribed", "problem"]
    func number(_ value: Double?) -> String { value.map { $0.isFinite ? "\($0)" : "" } ?? "" }
    let rows = points.map { point in
      [
        point.mode.rawValue, "\(point.nodes)", "\(point.ranks)", "\(point.threads)",
        "\(point.cores)", "\(point.team)", "\(point.latents)", "\(point.images)",
        "\(point.rounds)", number(point.seconds), number(point.low), number(point.high),
        number(point.efficiency?.value), number(point.efficiency?.low),
        number(point.efficiency?.high),
      ] + point.phases.map(number) + [
        "\(point.bytes)", "\(point.messages)", "\(point.isOversubscribed)", point.problem,
      ]
    }
    return ([head] + rows).map { $0.joined(separator: ",") }.joined(separator: "\n") + "\n"
  }
}
