// A comparison's files: JSON, tables, figures.

import Analysis
import Files

public enum ComparisonFiles {
  /// Writes comparison.json, the tables and the figures into a folder that is there. Returns the files' paths, and why figures are
  /// missing where they are. Local.
  public static func write(_ comparison: Comparison, to folder: String) throws
    -> (files: [String], problem: String?)
  {
    let json = "\(folder)/\(Comparison.fileName)"
    try WholeFile.replace(json, with: "\(comparison.json)\n")
    var files = [json]
    let tables: [any CSVTable] = [comparison.table, comparison.sizeTable]
    for table in tables {
      let path = "\(folder)/\(table.name).csv"
      try WholeFile.replace(path, with: table.csv)
      files.append(path)
    }
    let figures = ComparisonFigures(comparison, folder: folder).figures
    let (drawn, problem) = try Gnuplot.draw(figures, into: folder)
    return (files + drawn, problem)
  }
}
