// What the figures of a comparison look like.

import Analysis

/// gnuplot's commands for a comparison whose tables lie in `folder`.
struct ComparisonFigures {
  let comparison: Comparison
  let folder: String

  init(_ comparison: Comparison, folder: String) {
    (self.comparison, self.folder) = (comparison, folder)
  }

  /// Those that there are numbers for.
  var figures: [Figure] {
    let methods = comparison.methods
    let isSized = methods.contains { $0.sizes.count > 1 }
    let isLikely = methods.contains { $0.calibratedLogLikelihood != nil }
    return [
      isSized
        ? bySize(
          "comparison-accuracy", "Accuracy of the mean probability", "accuracy, %",
          .meanProbabilityAccuracy, scale: 100) : nil,
      isSized && isLikely
        ? bySize(
          "comparison-likelihood", "Calibrated log-likelihood", "nats an image", .calibrated)
        : nil,
      isSized && methods.contains { $0.sizes.contains { $0.equivalent?.size != nil } }
        ? bySize(
          "comparison-equivalent", "Worth in independently trained networks",
          "DEE, networks of \(comparison.pool ?? "the pool")", .equivalent) : nil,
      methods.contains { $0.errorOverlapMean != nil } ? errors : nil,
    ].compactMap(\.self)
  }

  /// Colours and points that tell methods apart.
  private static let colors = [
    "#3b7dc4", "#d9603b", "#4f9d3a", "#8a5fb0", "#c99a1b", "#2a9d9d", "#cf6fa6", "#7a6a55",
  ]
  private static let points = [7, 5, 9, 11, 13, 6, 4, 8, 10, 12]

  private func style(_ number: Int, size: Double = 0.6) -> String {
    let dash = number < Self.colors.count ? 1 : 2
    return "lc rgb \"\(Self.colors[number % Self.colors.count])\" lw 2 dt \(dash) "
      + "pt \(Self.points[number % Self.points.count]) ps \(size)"
  }

  private func title(_ method: ComparedMethod) -> String {
    "title \(Gnuplot.quoted(method.name)) noenhanced"
  }

  private var about: String {
    "\(comparison.data) \(comparison.split), \(comparison.images) images"
  }

  private func bySize(
    _ name: String, _ title: String, _ axis: String, _ column: Comparison.SizeColumn,
    scale: Double = 1
  ) -> Figure {
    let table = comparison.sizeTable
    let csv = Gnuplot.quoted("\(folder)/\(table.name).csv")
    let (method, size) = (table.place(of: .method), table.place(of: .size))
    let curves = comparison.methods.enumerated().map { number, compared in
      "\(csv) using ($\(method) == \(number) ? $\(size) : NaN):(\(scale) * $\(table.place(of: column))) "
        + "with linespoints \(style(number)) \(self.title(compared))"
    }
    return Figure(
      name: name, width: 720, height: 430,
      commands: """
        set title \(Gnuplot.quoted("\(title), \(about)")) noenhanced
        set xlabel "networks in the ensemble"
        set ylabel \(Gnuplot.quoted(axis)) noenhanced
        set logscale x
        set xtics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
        set key outside right top
        set datafile missing ""
        plot \(curves.joined(separator: ", \\\n  "))
        """)
  }

  /// Networks that are right for different reasons lie to the left.
  private var errors: Figure {
    let table = comparison.table
    let csv = Gnuplot.quoted("\(folder)/\(table.name).csv")
    let (overlap, accuracy) = (table.place(of: .overlap), table.place(of: .meanAccuracy))
    let points = comparison.methods.enumerated().filter { $0.element.errorOverlapMean != nil }
      .map { number, compared in
        "\(csv) using ($\(table.place(of: .method)) == \(number) ? $\(overlap) : NaN):(100 * $\(accuracy)) "
          + "with points \(style(number, size: 1.2)) \(title(compared))"
      }
    return Figure(
      name: "comparison-errors", width: 720, height: 430,
      commands: """
        set title \(Gnuplot.quoted("Single networks, \(about)")) noenhanced
        set xlabel "errors two networks have in common, mean IoU"
        set ylabel "mean accuracy, %"
        set xtics 0.1
        set key outside right top
        plot \(points.joined(separator: ", \\\n  "))
        """)
  }
}
