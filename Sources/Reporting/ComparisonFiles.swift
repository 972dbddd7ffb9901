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

  /// Writes comparison-numbers.json, and returns its path. Local.
  public static func write(_ comparison: RegressionComparison, to folder: String) throws -> String {
    let path = "\(folder)/\(RegressionComparison.fileName)"
    try WholeFile.replace(path, with: "\(comparison.json)\n")
    return path
  }

  /// What stands in the file `name` of a folder, where it has `methods`; nil where there is no file. Local.
  static func read<Record: JSONConvertible, Method>(
    _ name: String, in folder: String, with methods: (Record) -> [Method]
  ) throws -> Record? {
    let path = "\(folder)/\(name)"
    guard let text = try WholeFile.text(path) else { return nil }
    guard let record = JSONValue(parsing: text).flatMap({ Record(json: $0) }),
      !methods(record).isEmpty
    else {
      throw OutputError(
        description: "\(path): this is no comparison; make it again with hyperdist compare",
        exitStatus: .failed)
    }
    return record
  }
}
