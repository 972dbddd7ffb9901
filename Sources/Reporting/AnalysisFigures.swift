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
    }
  }

  private func csv(_ name: String) -> String { Gnuplot.quoted("\(folder)/\(name).csv") }

  private func fact(_ name: String) -> Int { Int(result.facts[name] ?? 0) }

  /// A round width of about 25 bars over values.
  private func barWidth(_ values: [Double]) -> Double {
    let range = (values.max() ?? 0) - (values.min() ?? 0)
    let widths = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]
    return widths.first { range / $0 <= 25 } ?? 2
  }

  private var accuracy: Figure {
    let accuracies = result.table("accuracy")["accuracy"].map { 100 * $0 }
    let together = result.table("accuracy-ensemble").rows[0].map { 100 * $0 }
    let width = barWidth(accuracies)
    let lines = [together[0], together[1], together[2]].map { "\($0)" }
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
        plot \(csv("accuracy")) using (bin(100 * $2)):(1) smooth frequency
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
    let single = result.table("ensembles-networks")["accuracy"].map { 100 * $0 }
    let majority = result.table("ensembles")["majority_accuracy"].map { 100 * $0 }
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
        plot \(csv("ensembles-networks")) using (bin(100 * $3)):(\(100 / Double(single.count))) \
        smooth frequency with boxes lc rgb "\(FigureColor.gray)" title "single networks", \\
          \(csv("ensembles")) using (bin(100 * $3)):(\(100 / Double(majority.count))) \
        smooth frequency with boxes lc rgb "\(FigureColor.red)" title "majority vote of an ensemble"
        """)
  }

  private var paths: Figure {
    let pairs = Set(result.table("paths")["pair"]).count
    func band(_ first: Int, _ color: String) -> String {
      "\(csv("paths-mean")) using 1:(100 * $\(first + 1)):(100 * $\(first + 2)) with filledcurves "
        + "fc rgb \"\(color)\" fs transparent solid 0.2 noborder notitle"
    }
    return Figure(
      name: "paths",
      commands: """
        set title "Between two networks: \(pairs) pairs, \(about)"
        set xlabel "place on the path, t"
        set ylabel "accuracy, %"
        set key bottom left
        plot \(band(2, FigureColor.red)), \(band(5, FigureColor.blue)), \\
          \(csv("paths-mean")) using 1:(100 * $2) with lines ls 2 title "direct", \\
          \(csv("paths-mean")) using 1:(100 * $5) with lines ls 1 title "interpolated in z"
        """)
  }

  private var adversarial: Figure {
    Figure(
      name: "adversarial",
      commands: """
        set title "Fast gradient sign attacks, \(about)"
        set xlabel "size of the change, 1/255 of the pixels' range"
        set ylabel "attacks that succeed, %"
        set key below
        set yrange [0:*]
        plot \(csv("adversarial")) using 1:(100 * $2) with linespoints ls 2 \
        title "the network attacked", \\
          \(csv("adversarial")) using 1:(100 * $3) with linespoints ls 1 \
        title "ensemble, majority vote", \\
          \(csv("adversarial")) using 1:(100 * $4) with lines ls 3 dt "-" \
        title "ensemble, mean probability"
        """)
  }

  private var similarity: Figure {
    let count = fact("networks")
    let table = result.table("similarity")
    func panel(_ title: String, _ column: String, _ scale: Double) -> String {
      let number = table.columns.firstIndex(of: column)! + 1
      let values = table.rows.filter { $0[0] != $0[1] }.map { scale * $0[number - 1] }
      let range = max((values.max() ?? 0) - (values.min() ?? 0), 1e-9)
      // Three ticks or so.
      let steps = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20]
      return """
        set title "\(title)" offset 0,-0.5
        set cbtics \(steps.first { range / $0 <= 3 } ?? 50)
        plot \(csv("similarity")) using 1:2:($1 == $2 ? NaN : \(scale) * $\(number)) \
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
        \(panel("same answers, % of images", "prediction_agreement", 100))
        unset ylabel
        \(panel("cosine of weights", "weight_cosine", 1))
        \(panel("cosine, filters matched", "matched_cosine", 1))
        unset multiplot
        """)
  }
}
