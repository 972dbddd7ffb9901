// What the figures of a scaling study look like.

import Host
import Scaling

/// gnuplot's commands for the points of a study.
struct ScalingFigures {
  private let points: [PointSummary]
  private let model: [PointSummary]

  static let names = ["scaling-time", "scaling-efficiency", "scaling-phases", "scaling-bytes"]

  init(_ points: [PointSummary], model: [PointSummary]) {
    self.points = points.filter(\.hasTime)
    self.model = model.filter(\.hasTime)
  }

  /// Those that there are numbers for.
  var figures: [Figure] {
    guard !points.isEmpty else { return [] }
    return [time, efficiency, phases] + (points.contains { $0.bytes > 0 } ? [bytes] : [])
  }

  private var isWeak: Bool { points[0].mode.isWeak }
  private var about: String {
    let kind = isWeak ? "weak" : "strong"
    return "\(kind) scaling, \(points[0].mode.isSimulated ? "simulated" : "measured")"
  }

  private static let colors = [
    "#3b7dc4", "#d9603b", "#4f9d3a", "#8a5fb0", "#c99a1b", "#2a9d9d", "#cf6fa6", "#7a6a55",
  ]

  private func style(_ number: Int, isModel: Bool = false) -> String {
    "lc rgb \"\(Self.colors[number % Self.colors.count])\" lw 2.5 "
      + (isModel ? "dt \"-\"" : "pt 7 ps 0.6")
  }

  /// Numbers within the commands.
  private func block(_ name: String, _ rows: [[String]]) -> String {
    (["$\(name) << END"] + rows.map { $0.joined(separator: ",") } + ["END"])
      .joined(separator: "\n")
  }

  /// A curve for each number of threads.
  private func curves(_ points: [PointSummary]) -> [(threads: Int, points: [PointSummary])] {
    Dictionary(grouping: points, by: \.threads).sorted { $0.key < $1.key }
      .map { ($0.key, $0.value.sorted { $0.cores < $1.cores }) }
  }

  private func title(_ threads: Int) -> String { threads == 1 ? "1 thread" : "\(threads) threads" }

  private var coresAxis: String {
    let all = Set((points + model).map(\.cores)).sorted()
    return """
      set logscale x 2
      set xlabel "cores"
      set xtics (\(all.map(String.init).joined(separator: ", ")))
      set xrange [\(0.8 * Double(all[0])):\(1.25 * Double(all.last!))]
      unset datafile columnheaders
      """
  }

  private var time: Figure {
    let base = points.first { $0.efficiency?.value == 1 } ?? points[0]
    let curves = curves(points)
    var blocks: [String] = []
    var plots: [String] = []
    for (number, curve) in curves.enumerated() {
      blocks.append(
        block(
          "time\(number)",
          curve.points.map {
            ["\($0.cores)", "\(1e3 * $0.seconds)", "\(1e3 * $0.low)", "\(1e3 * $0.high)"]
          }))
      plots.append(
        "$time\(number) using 1:2:3:4 with yerrorlines \(style(number)) title \"\(title(curve.threads)) a rank\""
      )
    }
    for (number, curve) in self.curves(model).enumerated() {
      blocks.append(
        block("model\(number)", curve.points.map { ["\($0.cores)", "\(1e3 * $0.seconds)"] }))
      plots.append(
        "$model\(number) using 1:2 with lines \(style(number, isModel: true)) title \"model, \(title(curve.threads))\""
      )
    }
    let milliseconds = 1e3 * base.seconds
    plots.append(
      (isWeak ? "\(milliseconds)" : "\(milliseconds * Double(base.cores)) / x")
        + " with lines lc rgb \"\(FigureColor.gray)\" lw 1.5 title \"ideal\"")
    return Figure(
      name: Self.names[0], width: 640, height: 430,
      commands: """
        set title "A step's time, \(about)"
        \(coresAxis)
        set logscale y
        set ylabel "ms a step"
        set key bottom left
        \(blocks.joined(separator: "\n"))
        plot \(plots.joined(separator: ", \\\n  "))
        """)
  }

  private var efficiency: Figure {
    var blocks: [String] = []
    var plots: [String] = []
    func rows(_ points: [PointSummary]) -> [[String]] {
      points.compactMap { point in
        guard let efficiency = point.efficiency else { return nil }
        let low = efficiency.low.isFinite ? efficiency.low : efficiency.value
        let high = efficiency.high.isFinite ? efficiency.high : efficiency.value
        return ["\(point.cores)"] + [efficiency.value, low, high].map { "\(100 * $0)" }
      }
    }
    for (number, curve) in curves(points).enumerated() {
      blocks.append(block("part\(number)", rows(curve.points)))
      plots.append(
        "$part\(number) using 1:2:3:4 with yerrorlines \(style(number)) title \"\(title(curve.threads)) a rank\""
      )
    }
    for (number, curve) in curves(model).enumerated() {
      blocks.append(block("model\(number)", rows(curve.points)))
      plots.append(
        "$model\(number) using 1:2 with lines \(style(number, isModel: true)) title \"model, \(title(curve.threads))\""
      )
    }
    return Figure(
      name: Self.names[1], width: 640, height: 430,
      commands: """
        set title "Efficiency with 95 % intervals, \(about)"
        \(coresAxis)
        set ylabel "efficiency, %"
        set yrange [0:*]
        set key bottom left
        \(blocks.joined(separator: "\n"))
        plot \(plots.joined(separator: ", \\\n  ")), \\
          100 with lines lc rgb "\(FigureColor.gray)" lw 1.5 notitle
        """)
  }

  private var phases: Figure {
    let rows = points.map { point in
      [point.name] + point.phases.map { "\($0.isFinite ? 1e3 * $0 : 0)" }
    }
    let plots = Phase.allCases.enumerated().map { number, phase in
      "$phases using \(number + 2)\(number == 0 ? ":xtic(1)" : "") lc rgb \"\(Self.colors[number % Self.colors.count])\" "
        + "title \"\(phase)\""
    }
    return Figure(
      name: Self.names[2], width: 720, height: 430,
      commands: """
        set title "A step's phases, \(about)"
        unset datafile columnheaders
        set style data histograms
        set style histogram rowstacked
        set style fill solid 0.85 noborder
        set boxwidth 0.7
        set xlabel "ranks x threads"
        set xtics rotate by -35
        set ylabel "ms a step"
        set yrange [0:*]
        set key outside right top invert
        \(block("phases", rows))
        plot \(plots.joined(separator: ", \\\n  "))
        """)
  }

  private var bytes: Figure {
    var blocks: [String] = []
    var plots: [String] = []
    for (number, curve) in curves(points).enumerated() {
      blocks.append(
        block(
          "bytes\(number)",
          curve.points.map { ["\($0.ranks)", "\(1e-6 * Double($0.bytes))"] }))
      plots.append(
        "$bytes\(number) using 1:2 with linespoints \(style(number)) title \"\(title(curve.threads)) a rank\""
      )
    }
    return Figure(
      name: Self.names[3], width: 640, height: 400,
      commands: """
        set title "What the busiest rank sends, \(about)"
        unset datafile columnheaders
        set logscale x 2
        set xlabel "ranks"
        set ylabel "MB a step"
        set yrange [0:*]
        set key top left
        \(blocks.joined(separator: "\n"))
        plot \(plots.joined(separator: ", \\\n  "))
        """)
  }
}
