// Figures of networks that predict numbers.

import Analysis

extension AnalysisFigures {
  /// Intervals along the only feature, or predictions against what was observed.
  var predictions: Figure {
    result.tables.contains { $0.name == PredictionsAnalysis.CurveColumn.table }
      ? predictionCurve : predictionScatter
  }

  private var predictionCurve: Figure {
    let curve = result.table(PredictionsAnalysis.CurveColumn.self)
    let single = result.table(PredictionsAnalysis.NetworkColumn.self)
    let training = result.table(PredictionsAnalysis.TrainingColumn.self)
    let input = curve.place(of: .input)
    func ofFirstTarget<Column: TableColumn>(
      _ column: Column, _ target: Column, of table: NumberTable<Column>
    ) -> String {
      "($\(table.place(of: target)) == 0 ? $\(table.place(of: column)) : NaN)"
    }
    func band(
      _ low: PredictionsAnalysis.CurveColumn, _ high: PredictionsAnalysis.CurveColumn,
      _ opacity: Double, _ title: String
    ) -> String {
      "\(csv(curve)) using \(input):\(ofFirstTarget(low, .target, of: curve)):\(curve.place(of: high)) "
        + "with filledcurves fc rgb \"\(FigureColor.blue)\" "
        + "fs transparent solid \(opacity) noborder title \"\(title)\""
    }
    let points = curve.rowCount / (Int(curve[.target].max() ?? 0) + 1)
    let networks = (0..<(Int(single[.network].max() ?? 0) + 1)).map { network in
      "\(csv(single)) every ::\(network * points)::\((network + 1) * points - 1) using "
        + "\(single.place(of: .input)):\(single.place(of: .prediction)) with lines lw 0.7 "
        + "lc rgb \"\(FigureColor.gray)\" \(network == 0 ? "title \"single networks\"" : "notitle")"
    }
    return Figure(
      name: "predictions", width: 720, height: 440,
      commands: """
        set title "\(result.fact(.networks)) networks, trained on \(training.rowCount) points, \(data)"
        set xlabel "input"
        set ylabel "target"
        set key below
        plot \(band(.low95, .high95, 0.18, "95 % of the mixture")), \\
          \(band(.low50, .high50, 0.3, "50 %")), \\
          \(networks.joined(separator: ", \\\n  ")), \\
          \(csv(curve)) using \(input):\(ofFirstTarget(.mean, .target, of: curve)) with lines ls 1 title "mean", \\
          \(csv(training)) using \(training.place(of: .input)):\
        \(ofFirstTarget(.observed, .target, of: training)) \
        with points pt 7 ps 0.6 lc rgb "\(FigureColor.red)" title "training data"
        """)
  }

  private var predictionScatter: Figure {
    let table = result.table(PredictionsAnalysis.Column.self)
    func column(_ column: PredictionsAnalysis.Column) -> Int { table.place(of: column) }
    return aroundDiagonal(
      "predictions", "\(result.fact(.networks)) networks, \(about)", x: "observed",
      y: "predicted, with 95 % of the mixture", diagonal: "predicted = observed",
      """
      \(csv(table)) using \(column(.observed)):\(column(.mean)):\(column(.low95)):\(column(.high95)) \
      with yerrorbars pt 7 ps 0.4 lw 0.7 lc rgb "\(FigureColor.blue)" title "mean"
      """)
  }

  var calibration: Figure {
    let table = result.table(CalibrationAnalysis.Column.self)
    return aroundDiagonal(
      "calibration", "Calibration of \(result.fact(.networks)) networks, \(about)",
      x: "predicted probability, %", y: "observed below the predicted quantile, %",
      settings: "set size square\nset xrange [0:100]\nset yrange [0:100]", diagonal: "calibrated",
      """
      \(csv(table)) using (100 * $\(table.place(of: .expected))):(100 * $\(table.place(of: .observed))) \
      with linespoints ls 1 title "mixture"
      """)
  }

  var calibrationSpread: Figure {
    let table = result.table(CalibrationAnalysis.SpreadColumn.self)
    return aroundDiagonal(
      "calibration-spread", "Predicted spread and error, \(about)",
      x: "predicted standard deviation", y: "root mean square error",
      settings: "set xrange [0:*]\nset yrange [0:*]", diagonal: "as predicted",
      """
      \(csv(table)) using \(table.place(of: .deviation)):\(table.place(of: .rmse)) \
      with linespoints ls 1 title "tenths of the targets"
      """)
  }

  /// What should lie on the line y = x, and that line.
  private func aroundDiagonal(
    _ name: String, _ title: String, x: String, y: String, settings: String = "",
    diagonal: String, _ series: String
  ) -> Figure {
    Figure(
      name: name, width: 560, height: 500,
      commands: """
        set title "\(title)"
        set xlabel "\(x)"
        set ylabel "\(y)"
        set key top left
        \(settings)
        plot x with lines lw 1.5 lc rgb "\(FigureColor.gray)" title "\(diagonal)", \\
          \(series)
        """)
  }
}
