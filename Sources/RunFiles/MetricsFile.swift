// metrics.csv: one row a logged step.

import Files

/// metrics.csv of a run folder, being written; on rank 0 only.
package struct MetricsFile {
  package let path: String
  /// The rows that were kept.
  package let rowsBefore: [MetricsRow]
  /// What was found in the file that this program had not written, and where that is now.
  package let notice: String?

  /// Begins the file, or continues it behind step `step`: rows of later steps, which a resumed run
  /// makes again, are dropped, and so is a row that was cut off. Where there is more in the file than its
  /// rows, it is kept under another name as it was.
  package init(path: String, continuingFrom step: Int) throws(FileError) {
    self.path = path
    let bytes = try WholeFile.bytes(path, advice: RunFolder.advice) ?? []
    let table = MetricsTable(parsing: bytes)
    if table.losses.isEmpty {
      notice = nil
    } else {
      let copy = WholeFile.freeName(beside: path)
      try WholeFile.replace(copy, with: bytes, advice: RunFolder.advice)
      notice =
        "\(path) holds what this program does not write (\(table.losses.joined(separator: "; "))) and "
        + "is begun anew with \(step > 0 ? "the rows that could be read" : "no rows"); what it was is in "
        + copy
    }
    // A row is on the disk before the checkpoint of its step: one that was cut off is of a later step. But
    // editors leave out the last line's end.
    let rows = table.rows + [table.unfinishedRow].compactMap { $0 }
    rowsBefore = rows.filter { $0.step <= step && step > 0 }.sorted { $0.step < $1.step }
    try WholeFile.replace(path, with: MetricsTable.text(rowsBefore), advice: RunFolder.advice)
  }

  /// The rows of a file, which may be growing meanwhile; nil where there is none.
  package static func read(_ path: String) throws(FileError) -> MetricsTable? {
    try WholeFile.bytes(path).map { MetricsTable(parsing: $0) }
  }

  package func append(_ row: MetricsRow) throws(FileError) {
    try WholeFile.append(MetricsTable.line(row), to: path, advice: RunFolder.advice)
  }

  /// Returns when all rows are on the disk.
  package func sync() throws(FileError) { try Disk.sync(path, advice: RunFolder.advice) }
}
