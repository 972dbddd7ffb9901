// Figures of weights: filters and their principal components.

import Analysis

extension AnalysisFigures {
  /// Filters of a network in a row, networks below each other; each filter scaled to its largest weight.
  var filters: Figure {
    let table = result.table(FiltersAnalysis.Column.self)
    let (rows, columns) = (result.fact(.rows), result.fact(.columns))
    let channels = result.fact(.channels)
    let networks = min(result.fact(.networks), 12)
    let filters = min(result.fact(.filters), 16)
    let (width, height) = (filters * (columns + 1) - 1, networks * (rows + 1) - 1)
    // Colours where there are three channels, else the mean over channels.
    let isColoured = channels == 3
    let depth = isColoured ? 3 : 1
    var values = [Double](repeating: 0, count: width * height * depth)
    var isDrawn = [Bool](repeating: false, count: width * height)
    let filterSize = rows * columns * channels
    let weights = table[.weight]
    for network in 0..<networks {
      for filter in 0..<filters {
        let start = (network * result.fact(.filters) + filter) * filterSize
        let own = weights[start..<start + filterSize]
        let most = max(own.map { abs($0) }.max() ?? 0, 1e-30)
        for (element, weight) in own.enumerated() {
          let (row, column) = (element / columns % rows, element % columns)
          let cell = (network * (rows + 1) + row) * width + filter * (columns + 1) + column
          isDrawn[cell] = true
          let channel = element / (rows * columns)
          values[cell * depth + (isColoured ? channel : 0)] +=
            isColoured ? weight / most : weight / most / Double(channels)
        }
      }
    }
    var lines: [String] = []
    for cell in 0..<width * height where isDrawn[cell] {
      let place = "\(cell % width) \(cell / width)"
      if isColoured {
        let color = (0..<3).reduce(0) {
          $0 * 256 + Int((127.5 * (1 + values[cell * 3 + $1])).rounded())
        }
        lines.append("\(place) \(color)")
      } else {
        lines.append("\(place) \(values[cell])")
      }
    }
    let boxes =
      isColoured
      ? "plot $cells using 1:2:(0.5):(0.5):3 with boxxyerror fc rgb variable fs solid noborder notitle"
      : "plot $cells using 1:2:(0.5):(0.5):3 with boxxyerror fc palette fs solid noborder notitle"
    return Figure(
      name: "filters", width: 800, height: max(260, 150 + 620 * height / max(1, width)),
      commands: """
        $cells << END
        \(lines.joined(separator: "\n"))
        END
        set datafile separator whitespace
        unset datafile columnheaders
        set title "First layer's filters of \(networks) networks, \(data)"
        set xlabel "filter"
        set ylabel "network"
        unset grid
        set border 0
        set size ratio -1
        set xtics scale 0 (\(ticks(filters, step: columns + 1, size: columns)))
        set ytics scale 0 (\(ticks(networks, step: rows + 1, size: rows)))
        set xrange [-0.5:\(width) - 0.5]
        set yrange [\(height) - 0.5:-0.5]
        set palette defined (-1 "#2166ac", 0 "#f2f2f2", 1 "#b2182b")
        set cbrange [-1:1]
        set cblabel "weight / largest of its filter"
        \(boxes)
        """)
  }

  private func ticks(_ count: Int, step: Int, size: Int) -> String {
    (0..<count).filter { count <= 8 || $0 % 2 == 0 }
      .map { "\"\($0 + 1)\" \(Double($0 * step) + Double(size - 1) / 2)" }.joined(separator: ", ")
  }

  /// The first two components of every layer and of all weights.
  var scatter: Figure {
    let shown = Array(0...min(result.fact(.layers), 8))
    let columns = shown.count <= 4 ? 2 : 3
    let rows = (shown.count + columns - 1) / columns
    let shares = result.table(ScatterAnalysis.VarianceColumn.self)
    func share(_ layer: Int, _ component: Int) -> String {
      let row = (0..<shares.rowCount).first {
        shares[$0, .layer] == Double(layer) && shares[$0, .component] == Double(component)
      }
      // Of weights that are all the same no component has a share.
      guard let row, shares[row, .fraction].isFinite else { return "-" }
      return "\(Int((100 * shares[row, .fraction]).rounded())) %"
    }
    let panels = shown.map { layer in
      panel(
        layer: layer, x: 1, y: 2,
        title: layer == 0 ? "all weights" : "layer \(layer)",
        xLabel: "component 1, \(share(layer, 1))", yLabel: "2, \(share(layer, 2))")
    }
    return multiplot(
      "scatter", "Principal components of \(networkCount) networks", panels, rows: rows,
      columns: columns)
  }

  /// Components of all weights against each other.
  var scatterMatrix: Figure {
    let components = result.fact(.components)
    var panels: [String] = []
    for y in 2...max(2, components) {
      for x in 1..<max(2, components) {
        panels.append(
          x < y
            ? panel(
              layer: 0, x: x, y: y, title: "", xLabel: "component \(x)", yLabel: "component \(y)")
            : "set multiplot next")
      }
    }
    let side = max(1, components - 1)
    return multiplot(
      "scatter-matrix", "All weights of \(networkCount) networks", panels, rows: side,
      columns: side, colorbox: side > 1 ? (0.72, 0.5, 0.4) : nil)
  }

  private var networkCount: Int { result.fact(.networks) }

  private func panel(
    layer: Int, x: Int, y: Int, title: String, xLabel: String, yLabel: String
  ) -> String {
    let table = result.table(ScatterAnalysis.Column.self)
    func score(_ component: Int) -> Int { table.place(of: .component(component)) }
    return """
      set title "\(title)" offset 0,-0.7
      set xlabel "\(xLabel)" offset 0,0.8
      set ylabel "\(yLabel)" offset 1.5,0
      plot \(csv(table)) \
      using ($\(table.place(of: .layer)) == \(layer) ? $\(score(x)) : NaN):\(score(y)):\
      \(colour(table)) with points pt 7 ps 0.55 palette notitle
      """
  }

  private func isRegression(_ table: NumberTable<ScatterAnalysis.Column>) -> Bool {
    table.columns.contains(.rmse)
  }

  /// What points are coloured by, for gnuplot.
  private func colour(_ table: NumberTable<ScatterAnalysis.Column>) -> String {
    isRegression(table)
      ? "($\(table.place(of: .rmse)))" : "(100 * $\(table.place(of: .accuracy)))"
  }

  private func multiplot(
    _ name: String, _ title: String, _ panels: [String], rows: Int, columns: Int,
    colorbox: (x: Double, y: Double, height: Double)? = nil
  ) -> Figure {
    // Beside the panels, or where there are none.
    let bar = colorbox ?? (0.86, 0.2, 0.6)
    let table = result.table(ScatterAnalysis.Column.self)
    return Figure(
      name: name, width: 240 * columns + (colorbox == nil ? 120 : 0), height: 210 * rows + 60,
      commands: """
        stats \(csv(table)) using \(colour(table)) nooutput
        set cbrange [STATS_min:STATS_max > STATS_min ? STATS_max : STATS_min + 1]
        set multiplot layout \(rows),\(columns) margins 0.08,\(colorbox == nil ? 0.82 : 0.98),\(0.2 / Double(rows)),\
        \(1 - 0.3 / Double(rows)) spacing 0.07,\(0.26 / Double(rows)) \
        title "\(title), \(about)" textcolor rgb "#222222"
        set format x ""
        set format y ""
        set tics scale 0
        set colorbox user origin screen \(bar.x), screen \(bar.y) size screen 0.025, screen \(bar.height)
        set cblabel "\(isRegression(table) ? "root mean square error" : "accuracy, %")"
        \(panels.enumerated().map { $1 + ($0 == 0 ? "\nunset colorbox" : "") }.joined(separator: "\n"))
        unset multiplot
        """)
  }
}
