// Figures, drawn by gnuplot.

import Files
import Glibc
import Host

enum Gnuplot {
  /// Text, axes and lines that figures have in common. What is drawn in these colours is redrawn in others
  /// where the reader's page is dark.
  private static let style = """
    set encoding utf8
    set datafile separator comma
    set datafile columnheaders
    set title textcolor rgb "#222222"
    set xlabel textcolor rgb "#444444"
    set ylabel textcolor rgb "#444444"
    set cblabel textcolor rgb "#444444"
    set key textcolor rgb "#444444" reverse Left samplen 2 spacing 1.15
    set border 3 lc rgb "#666666"
    set tics nomirror textcolor rgb "#444444"
    set cbtics textcolor rgb "#444444"
    set grid lc rgb "#e4e4e4" lt 1 lw 1
    set style line 1 lc rgb "\(FigureColor.blue)" lw 2.5 pt 7 ps 0.5
    set style line 2 lc rgb "\(FigureColor.red)" lw 2.5 pt 7 ps 0.5
    set style line 3 lc rgb "\(FigureColor.green)" lw 2.5 pt 7 ps 0.5
    set palette defined (0 "#3b4cc0", 0.25 "#3a9ab2", 0.5 "#6fb56b", 0.75 "#e0b13c", 1 "#d6452f")
    """

  /// For pages on which light text stands on a dark ground; on paper nothing does.
  private static let darkStyle = """
    <style>@media screen and (prefers-color-scheme: dark) {
    rect[fill="#ffffff"] { fill: #0d1117; }
    [fill="rgb(34,34,34)"] { fill: #e6edf3; }
    [fill="rgb(68,68,68)"] { fill: #c3cad2; }
    [stroke="rgb(102, 102, 102)"], [stroke="rgb(102,102,102)"] { stroke: #8b949e; }
    [stroke="rgb(228, 228, 228)"] { stroke: #2b3138; }
    }</style>

    """

  /// Draws figures of numbers that are written already, so that where one cannot be drawn that is no failure:
  /// returns the files' paths, and why figures are missing. Local.
  static func draw(_ figures: [Figure], into folder: String) throws
    -> (files: [String], problem: String?)
  {
    var files: [String] = []
    do {
      for figure in figures { files += try draw(figure, into: folder) }
    } catch let error as FigureError {
      return (files, error.description)
    }
    return (files, nil)
  }

  /// Draws FOLDER/NAME.svg and .png and returns their paths. Local.
  private static func draw(_ figure: Figure, into folder: String) throws -> [String] {
    let base = "\(folder)/\(figure.name)"
    let (svg, png) = ("\(base).svg", "\(base).png")
    try run(
      """
      set terminal svg size \(figure.width),\(figure.height) font "Helvetica,16" background rgb "#ffffff"
      set output \(quoted(svg))
      \(style)
      \(figure.commands)
      """, script: base + ".gnuplot")
    try run(
      """
      set terminal pngcairo size \(2 * figure.width),\(2 * figure.height) font "Helvetica,16" \
      fontscale 1.8 linewidth 1.8 pointscale 1.8 background rgb "#ffffff"
      set output \(quoted(png))
      \(style)
      \(figure.commands)
      """, script: base + ".gnuplot")
    try adaptToDarkPages(svg)
    return [svg, png]
  }

  /// A text in gnuplot's language.
  static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }

  private static func run(_ commands: String, script: String) throws {
    try WholeFile.replace(script, with: commands + "\n")
    defer { unlink(script) }
    guard let problem = Subprocess.run(["gnuplot", script]) else { return }
    for ending in [".svg", ".png"] { unlink(script.dropLast(".gnuplot".count) + ending) }
    throw FigureError(
      description: "no figure \(script.dropLast(".gnuplot".count)): \(problem)"
        + (problem.hasPrefix("gnuplot: No such file")
          ? "; install gnuplot (Debian: apt-get install gnuplot-nox)" : ""))
  }

  private static func adaptToDarkPages(_ path: String) throws {
    guard let text = try WholeFile.text(path),
      let place = text.firstRange(of: "<g id=\"gnuplot_canvas\">")
    else { return }
    try WholeFile.replace(
      path, with: text[..<place.lowerBound] + darkStyle + text[place.lowerBound...])
  }
}
