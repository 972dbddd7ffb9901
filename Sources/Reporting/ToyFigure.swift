// The toy problem's result, as tables and as a figure.

import Files
import ToyProblem

/// Files of a trained toy curve, for people and for other programs.
public struct ToyFigure {
  private let analysis: ToyAnalysis
  private let mixture: GaussianMixture

  public init(_ analysis: ToyAnalysis, mixture: GaussianMixture) {
    self.analysis = analysis
    self.mixture = mixture
  }

  /// What the curve does, in words.
  public func text(step: Int) -> String {
    var table = TextTable(["peak", "x", "y", "sigma", "weight", "distance", "at z", ""])
    for (index, peak) in analysis.peaks.enumerated() {
      table.add([
        "\(index + 1)", Format.fixed(peak.component.mean.x, 2),
        Format.fixed(peak.component.mean.y, 2), Format.fixed(peak.component.sigma, 3),
        Format.fixed(peak.component.weight, 3), Format.fixed(peak.distance, 3),
        Format.fixed(peak.z, 3), peak.isPassed ? "passed" : "missed",
      ])
    }
    return table.text
      + "\nstep \(step): the curve passes within one sigma of \(analysis.passedCount) of "
      + "\(analysis.peaks.count) peaks"
  }

  /// Writes curve.csv, peaks.csv, mixture.csv and, by gnuplot, toy.svg and toy.png into a folder that is
  /// made where it is missing. Returns the files' paths, and why figures are missing where they are. Local.
  public func write(to directory: String) throws -> (files: [String], problem: String?) {
    try Folder.make(directory)
    var files: [String] = []
    for (name, text) in [("curve", curve), ("peaks", peaks), ("mixture", density)] {
      files.append("\(directory)/\(name).csv")
      try WholeFile.replace(files.last!, with: text)
    }
    let (drawn, problem) = try Gnuplot.draw(
      [Figure(name: "toy", width: 1000, height: 460, commands: commands)], into: directory)
    return (files + drawn, problem)
  }

  private var curve: String {
    analysis.samples.reduce(into: "z,x,y,density\n") { text, sample in
      text += "\(sample.z),\(sample.point.x),\(sample.point.y),\(sample.density)\n"
    }
  }

  private var peaks: String {
    analysis.peaks.reduce(into: "x,y,sigma,weight,distance,z,passed\n") { text, peak in
      let component = peak.component
      text += "\(component.mean.x),\(component.mean.y),\(component.sigma),\(component.weight),"
      text += "\(peak.distance),\(peak.z),\(peak.isPassed ? 1 : 0)\n"
    }
  }

  private var density: String { "x,y,f\n" + gridRows(separator: ",").replacing("\n\n", with: "\n") }

  /// f on a grid, with a blank line behind each row of it, as gnuplot wants.
  private func gridRows(separator: String) -> String {
    let count = 96
    let reach = extent
    var text = ""
    for row in 0...count {
      for column in 0...count {
        let point = Point(
          reach * (2 * Double(column) / Double(count) - 1),
          reach * (2 * Double(row) / Double(count) - 1))
        text += "\(point.x)\(separator)\(point.y)\(separator)\(mixture.evaluate(point).value)\n"
      }
      text += "\n"
    }
    return text
  }

  /// Half the side of the square that holds the mixture and the curve.
  private var extent: Double {
    let farthest = analysis.samples.reduce(GaussianMixture.bound + 2) {
      max($0, abs($1.point.x), abs($1.point.y))
    }
    return farthest.rounded(.up)
  }

  private var commands: String {
    let curve = analysis.samples.reduce(into: "") { text, sample in
      text += "\(sample.z) \(sample.point.x) \(sample.point.y) \(sample.density)\n"
    }
    let means = mixture.components.reduce(into: "") { $0 += "\($1.mean.x) \($1.mean.y)\n" }
    return """
      $mixture << EOD
      \(gridRows(separator: " "))EOD
      $curve << EOD
      \(curve)EOD
      $means << EOD
      \(means)EOD
      set datafile separator whitespace
      set datafile nocolumnheaders
      set contour base
      set cntrparam levels auto 8
      unset surface
      set table $contours
      splot $mixture using 1:2:3
      unset table
      set surface
      unset contour
      set multiplot layout 1,2
      set border 3 lc rgb '#666666'
      set tics nomirror textcolor rgb '#444444'
      set cbrange [-1:1]
      set colorbox horizontal user origin screen 0.13,0.09 size 0.26,0.022
      set cbtics 0.5
      set size ratio -1
      set xrange [-\(extent):\(extent)]
      set yrange [-\(extent):\(extent)]
      set bmargin 6
      set title 'mixture, and curve coloured by z'
      plot $contours using 1:2 with lines lc rgb '#c4c4c4' lw 1 notitle, \\
        $curve using 2:3:1 with lines lc palette lw 2.5 notitle, \\
        $means using 1:2 with points pt 2 ps 1 lw 2 lc rgb '#d6604d' notitle
      unset colorbox
      set size noratio
      set title 'density along the curve'
      set xlabel 'z'
      set ylabel 'probability per length'
      set xrange [-1:1]
      set yrange [0:*]
      set grid ytics lc rgb '#e4e4e4' lt 1 lw 1
      plot $curve using 1:4:1 with lines lc palette lw 2 notitle
      unset multiplot
      """
  }
}
