// An analysis's files: numbers and figures.

import Analysis
import Files

public enum AnalysisFiles {
  /// Writes each table as FOLDER/NAME.csv and draws the figures from them; makes the folder. Returns the
  /// files' paths, and why figures are missing where they are. Local.
  public static func write(_ result: AnalysisResult, data: String, split: String, to folder: String)
    throws
    -> (files: [String], problem: String?)
  {
    try Folder.make(folder)
    var files: [String] = []
    for table in result.tables {
      let path = "\(folder)/\(table.name).csv"
      try WholeFile.replace(path, with: table.csv)
      files.append(path)
    }
    let figures = AnalysisFigures(result, data: data, split: split, folder: folder).figures
    let (drawn, problem) = try Gnuplot.draw(figures, into: folder)
    return (files + drawn, problem)
  }
}
