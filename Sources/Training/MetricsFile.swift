// metrics.csv: one row a logged step.

import Files

/// metrics.csv of a run folder; on rank 0 only.
struct MetricsFile {
  let path: String
  /// Seconds of training and the best validation accuracy of the rows that were kept.
  private(set) var secondsBefore = 0.0
  private(set) var bestBefore: Double?

  /// Begins the file, or continues it behind step `step`: rows of later steps, which a resumed run
  /// makes again, are dropped, and so is a line that was cut off. Columns are found by their names.
  init(path: String, continuingFrom step: Int) throws(FileError) {
    self.path = path
    let header = MetricsRow.columns.joined(separator: ",")
    var kept = [header]
    let text = step > 0 ? try WholeFile.text(path) ?? "" : ""
    let secondsColumn = MetricsRow.columns.firstIndex(of: "seconds")!
    let bestColumn = MetricsRow.columns.firstIndex(of: "validation_majority_accuracy")!
    let lines = text.split(separator: "\n")
    let names = Self.fields(lines.first ?? "")
    let places = MetricsRow.columns.map { names.firstIndex(of: Substring($0)) }
    for line in lines.dropFirst() {
      let found = Self.fields(line)
      guard found.count == names.count, let rowStep = Int(found[0]), rowStep <= step else {
        continue
      }
      let fields = zip(MetricsRow.columns, places).map { column, place in
        place.map { found[$0] } ?? (column == "reduction" ? MetricsRow.defaultReduction[...] : "")
      }
      kept.append(fields.joined(separator: ","))
      secondsBefore = Double(fields[secondsColumn]) ?? secondsBefore
      if let accuracy = Double(fields[bestColumn]) {
        bestBefore = max(bestBefore ?? accuracy, accuracy)
      }
    }
    try WholeFile.replace(path, with: kept.joined(separator: "\n") + "\n")
  }

  private static func fields(_ line: Substring) -> [Substring] {
    line.split(separator: ",", omittingEmptySubsequences: false)
  }

  func append(_ row: MetricsRow) throws(FileError) {
    try WholeFile.append(row.line + "\n", to: path)
  }
}
