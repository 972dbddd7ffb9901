// What the figures of the analyses look like.

import Analysis

/// gnuplot's commands for an analysis whose tables lie in `folder`.
struct AnalysisFigures {
  let result: AnalysisResult
  /// For titles.
  let data: String
  let split: String
  let folder: String

  var about: String { "\(data) \(split)" }

  init(_ result: AnalysisResult, data: String, split: String, folder: String) {
    (self.result, self.data, self.split, self.folder) = (result, data, split, folder)
  }

  var figures: [Figure] {
    switch result.kind {
    case .accuracy: [accuracy]
    case .filters: [filters]
    case .scatter: [scatter, scatterMatrix]
    case .paths: [paths]
    case .ensembles: [ensembles]
    case .adversarial: [adversarial]
    case .similarity: [similarity]
    case .predictions: [predictions]
    case .calibration: [calibration, calibrationSpread]
    }
  }

  /// A table's file, as gnuplot takes it.
  func csv(_ table: some CSVTable) -> String { Gnuplot.quoted("\(folder)/\(table.name).csv") }

  /// A round width of about 25 bars over values.
  private func barWidth(_ values: [Double]) -> Double {
    let range = (values.max() ?? 0) - (values.min() ?? 0)
    let widths = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]
    return widths.first { range / $0 <= 25 } ?? 2
  }

  private var accuracy: Figure {
    let table = result.table(AccuracyAnalysis.Column.self)
    let accuracies = table[.accuracy].map { 100 * $0 }
    let ensemble = result.table(AccuracyAnalysis.EnsembleColumn.self)
    let together = [.mean, .majority, .meanProbability].map { 100 * ensemble[0, $0] }
    let width = barWidth(accuracies)
    let lines = together.map { "\($0)" }
    return Figure(
      name: "accuracy",
      commands: """
        set title "Accuracy of \(accuracies.count) generated networks, \(about)"
        set xlabel "accuracy, %"
        set ylabel "networks"
        set key top left
        set boxwidth \(0.92 * width)
        set style fill solid 0.6 noborder
        bin(x) = \(width) * (floor(x / \(width) + 1e-6) + 0.5)
        set table $bars
        plot \(csv(table)) using (bin(100 * $\(table.place(of: .accuracy)))):(1) smooth frequency
        unset table
        set datafile separator whitespace
        unset datafile columnheaders
        stats $bars using 2 nooutput
        top = 1.55 * STATS_max
        set yrange [0:top]
        set arrow 1 from \(lines[0]), 0 to \(lines[0]), top nohead front ls 1
        set arrow 2 from \(lines[1]), 0 to \(lines[1]), top nohead front ls 2
        set arrow 3 from \(lines[2]), 0 to \(lines[2]), top nohead front ls 3 dt "-"
        set xrange [\(min(accuracies.min()!, together[0], together[1]) - width):\
        \(max(accuracies.max()!, together[1], together[2]) + 2 * width)]
        plot $bars using 1:2 with boxes lc rgb "\(FigureColor.gray)" title "single networks", \\
          NaN with lines ls 1 title sprintf("their mean, %.2f", \(lines[0])), \\
          NaN with lines ls 2 title sprintf("majority vote, %.2f", \(lines[1])), \\
          NaN with lines ls 3 dt "-" title sprintf("mean probability, %.2f", \(lines[2]))
        """)
  }

  private var ensembles: Figure {
    let networks = result.table(EnsemblesAnalysis.NetworkColumn.self)
    let ensembles = result.table(EnsemblesAnalysis.Column.self)
    let single = networks[.accuracy].map { 100 * $0 }
    let majority = ensembles[.majorityAccuracy].map { 100 * $0 }
    let width = barWidth(single + majority)
    return Figure(
      name: "ensembles",
      commands: """
        set title "\(majority.count) ensembles of \(single.count / majority.count) networks, \(about)"
        set xlabel "accuracy, %"
        set ylabel "share of networks or ensembles, %"
        set key top left
        set style fill transparent solid 0.6 noborder
        set boxwidth \(0.92 * width)
        set yrange [0:*]
        set xrange [\((single + majority).min()! - width):\((single + majority).max()! + 2 * width)]
        bin(x) = \(width) * (floor(x / \(width) + 1e-6) + 0.5)
        plot \(csv(networks)) using \
        (bin(100 * $\(networks.place(of: .accuracy)))):(\(100 / Double(single.count))) \
        smooth frequency with boxes lc rgb "\(FigureColor.gray)" title "single networks", \\
          \(csv(ensembles)) using \
        (bin(100 * $\(ensembles.place(of: .majorityAccuracy)))):(\(100 / Double(majority.count))) \
        smooth frequency with boxes lc rgb "\(FigureColor.red)" title "majority vote of an ensemble"
        """)
  }

  private var paths: Figure {
    let pairs = Set(result.table(PathsAnalysis.Column.self)[.pair]).count
    let table = result.table(PathsAnalysis.MeanColumn.self)
    let isRegression = result.table(PathsAnalysis.Column.self).columns.contains(.directRMSE)
    func score(_ column: PathsAnalysis.MeanColumn) -> String {
      "(\(isRegression ? 1 : 100) * $\(table.place(of: column)))"
    }
    let t = table.place(of: .t)
    func band(
      _ least: PathsAnalysis.MeanColumn, _ most: PathsAnalysis.MeanColumn, _ color: String
    ) -> String {
      "\(csv(table)) using \(t):\(score(least)):\(score(most)) with filledcurves "
        + "fc rgb \"\(color)\" fs transparent solid 0.2 noborder notitle"
    }
    return Figure(
      name: "paths",
      commands: """
        set title "Between two networks: \(pairs) pairs, \(about)"
        set xlabel "place on the path, t"
        set ylabel "\(isRegression ? "root mean square error" : "accuracy, %")"
        set key \(isRegression ? "top" : "bottom") left
        plot \(band(.directMin, .directMax, FigureColor.red)), \
        \(band(.interpolatedMin, .interpolatedMax, FigureColor.blue)), \\
          \(csv(table)) using \(t):\(score(.directMean)) with lines ls 2 title "direct", \\
          \(csv(table)) using \(t):\(score(.interpolatedMean)) with lines ls 1 \
        title "interpolated in z"
        """)
  }

  private var adversarial: Figure {
    let table = result.table(AdversarialAnalysis.Column.self)
    func curve(_ column: AdversarialAnalysis.Column) -> String {
      "\(csv(table)) using \(table.place(of: .size)):(100 * $\(table.place(of: column)))"
    }
    return Figure(
      name: "adversarial",
      commands: """
        set title "Fast gradient sign attacks, \(about)"
        set xlabel "size of the change, 1/255 of the pixels' range"
        set ylabel "attacks that succeed, %"
        set key below
        set yrange [0:*]
        plot \(curve(.singleSuccess)) with linespoints ls 2 \
        title "the network attacked", \\
          \(curve(.majoritySuccess)) with linespoints ls 1 \
        title "ensemble, majority vote", \\
          \(curve(.meanProbabilitySuccess)) with lines ls 3 dt "-" \
        title "ensemble, mean probability"
        """)
  }

  private var similarity: Figure {
    let count = result.fact(.networks)
    let table = result.table(SimilarityAnalysis.Column.self)
    let (a, b) = (table.place(of: .networkA), table.place(of: .networkB))
    func panel(_ title: String, _ column: SimilarityAnalysis.Column, _ scale: Double) -> String {
      let values = (0..<table.rowCount).filter { table[$0, .networkA] != table[$0, .networkB] }
        .map { scale * table[$0, column] }
      let range = max((values.max() ?? 0) - (values.min() ?? 0), 1e-9)
      // Three ticks or so.
      let steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]
      return """
        set title "\(title)" offset 0,-0.5
        set cbtics \(steps.first { range / $0 <= 3 } ?? 50)
        plot \(csv(table)) using \(a):\(b):($\(a) == $\(b) ? NaN : \(scale) * $\(table.place(of: column))) \
        with image pixels notitle
        """
    }
    return Figure(
      name: "similarity", width: 900, height: 430,
      commands: """
        set multiplot layout 1,3 margins 0.09,0.98,0.35,0.83 spacing 0.07,0 \
        title "How alike \(count) networks are, \(about)" textcolor rgb "#222222"
        set size square
        unset grid
        set xrange [-0.5:\(count).0 - 0.5]
        set yrange [-0.5:\(count).0 - 0.5]
        set tics out scale 0.5
        set xtics \(max(1, (count + 3) / 4))
        set ytics \(max(1, (count + 3) / 4))
        set xlabel "network"
        set ylabel "network"
        set colorbox horizontal user origin graph 0, -0.42 size graph 1, 0.06
        \(panel("same answers, % of images", .predictionAgreement, 100))
        unset ylabel
        \(panel("cosine of weights", .weightCosine, 1))
        \(panel("cosine, filters matched", .matchedCosine, 1))
        unset multiplot
        """)
  }
}
