// metrics.csv as the program writes it, as a crash leaves it, and as others change it.

import Files
import Host
import TestSupport
import Testing

@testable import RunFiles

@Suite struct MetricsFileTests {
  private let folder = TestFolder()
  private var path: String { "\(folder.path)/metrics.csv" }

  /// Five rows with something in every column that can be empty in one of them.
  private static let rows: [MetricsRow] = (1...5).map { step in
    var row = MetricsRow(step: step)
    row.loss = 1.5 / Double(step)
    row.entropy = step == 3 ? nil : -1e-20 * Double(step)
    row.trainAccuracy = 0.1 * Double(step)
    row.validationMajorityAccuracy = step % 2 == 0 ? 0.1 * Double(step) : nil
    row.seconds = 2.25 * Double(step)
    row[.targets] = 0.125 * Double(step)
    if step > 3 { row.reduction = "fast" }
    return row
  }

  private func write(_ rows: [MetricsRow] = rows) throws {
    let file = try MetricsFile(path: path, continuingFrom: 0)
    for row in rows { try file.append(row) }
  }

  private func text() throws -> String { try #require(try WholeFile.text(path)) }

  @Test func whatIsWrittenIsRead() throws {
    try write()
    let table = try #require(try MetricsFile.read(path))
    #expect(table.rows == Self.rows)
    #expect(table.losses.isEmpty && !table.endsWithinALine)
    #expect(table.last(.entropy) == -5e-20)
    #expect(table.last(.validationMajorityAccuracy) == 0.4)
    #expect(table.last(.lambda) == nil)
    #expect(table.series(.entropy).map(\.step) == [1, 2, 4, 5])
    #expect(table.series(.seconds(of: .targets)).map(\.value) == [0.125, 0.25, 0.375, 0.5, 0.625])
    #expect(try MetricsFile.read(path + "x") == nil)
  }

  @Test func theColumnsAreThoseOfTheInterface() throws {
    try write()
    let header = try text().split(separator: "\n")[0]
    #expect(
      header == "step,loss,accuracy_loss,diversity_loss,entropy,nearest_distance,train_accuracy,"
        + "learning_rate,lambda,validation_mean_accuracy,validation_majority_accuracy,"
        + "validation_mean_probability_accuracy,validation_entropy,validation_disagreement,"
        + "validation_gain,validation_nll,validation_rmse,validation_crps,reduction,seconds,images_per_second,"
        + Phase.allCases.map { "seconds_\($0)" }.joined(separator: ","))
    #expect(Set(MetricsColumn.all.map(\.name)).count == MetricsColumn.all.count)
  }

  @Test func laterRowsAreMadeAgain() throws {
    try write()
    let file = try MetricsFile(path: path, continuingFrom: 3)
    #expect(file.rowsBefore == Array(Self.rows[..<3]))
    #expect(file.notice == nil)
    try file.append(Self.rows[3])
    #expect(try MetricsFile.read(path)?.rows == Array(Self.rows[..<4]))
    #expect(Folder.names(in: folder.path) == ["metrics.csv"])
  }

  /// A row that a crash cut off, at every length.
  @Test func aTornLastLineIsDropped() throws {
    try write()
    let whole = try text()
    let lines = whole.split(separator: "\n", omittingEmptySubsequences: false)
    let last = lines[5]
    for length in 0..<last.count {
      try WholeFile.replace(
        path, with: lines[..<5].joined(separator: "\n") + "\n" + last.prefix(length))
      let read = try #require(try MetricsFile.read(path))
      #expect(read.rows == Array(Self.rows[..<4]))
      #expect(read.endsWithinALine == (length > 0))
      let file = try MetricsFile(path: path, continuingFrom: 4)
      #expect(file.rowsBefore == Array(Self.rows[..<4]) && file.notice == nil)
    }
  }

  /// What spreadsheets and editors make of the file without changing what it says.
  @Test(arguments: [
    "CRLF", "CR", "BOM", "semicolons", "decimal commas", "tabs", "quotes", "reversed columns",
    "sorted backwards", "no last line end", "all of it",
  ])
  func savedByAnotherProgram(change: String) throws {
    try write()
    var cells = try text().split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    var (separator, end, mark, lastEnd) = (",", "\n", "", true)
    func changes(_ name: String) -> Bool { change == name || change == "all of it" }
    if changes("reversed columns") { cells = cells.map { $0.reversed() } }
    if changes("sorted backwards") { cells = [cells[0]] + cells.dropFirst().reversed() }
    if changes("CRLF") { end = "\r\n" }
    if change == "CR" { end = "\r" }
    if changes("BOM") { mark = "\u{FEFF}" }
    if changes("semicolons") { separator = ";" }
    if change == "tabs" { separator = "\t" }
    if changes("decimal commas") {
      separator = ";"
      cells = cells.map { row in row.map { $0.replacing(".", with: ",") } }
    }
    if changes("quotes") { cells = cells.map { row in row.map { $0.isEmpty ? "" : "\"\($0)\"" } } }
    if changes("no last line end") { lastEnd = false }
    let text = cells.map { $0.joined(separator: separator) }.joined(separator: end)
    try WholeFile.replace(path, with: mark + text + (lastEnd ? end : ""))

    let file = try MetricsFile(path: path, continuingFrom: 5)
    #expect(file.rowsBefore == Self.rows)
    #expect(file.notice == nil)
    #expect(file.rowsBefore.last { $0.seconds != nil }?.seconds == 11.25)
    #expect(Folder.names(in: folder.path) == ["metrics.csv"])
    #expect(try MetricsFile.read(path)?.rows == Self.rows)
  }

  /// What cannot be read is kept under another name, and said.
  @Test func whatIsNotOursIsKept() throws {
    try write()
    let ours = try text()
    var lines = ours.split(separator: "\n").map(String.init)
    let cases: [(String, String, kept: Int)] = [
      ("another table\n1\n2\n", "no column step", 0),
      (lines.map { $0 + ",1" }.joined(separator: "\n") + "\n", "columns of other names: 1", 5),
      (ours.replacing("\n3,0.5,", with: "\n3,#REF!,"), "1 fields that are no numbers", 5),
      (ours.replacing("\n2,", with: "\nnote\n2,"), "1 lines that are no rows", 5),
      (ours.replacing("\n2,", with: "\n-2,"), "1 lines that are no rows", 4),
    ]
    for (number, (text, said, kept)) in cases.enumerated() {
      try WholeFile.replace(path, with: text)
      let file = try MetricsFile(path: path, continuingFrom: 5)
      let copy = "\(path).\(number + 1)"
      let notice = try #require(file.notice)
      #expect(notice.contains(said) && notice.hasSuffix("what it was is in \(copy)"), "\(notice)")
      #expect(try WholeFile.text(copy) == text)
      #expect(file.rowsBefore.count == kept)
      #expect(try MetricsFile.read(path)?.losses == [])
    }
    // A column of somebody's own.
    lines = [lines[0] + ",remark"] + lines.dropFirst().map { $0 + ",good" }
    try WholeFile.replace(path, with: lines.joined(separator: "\n") + "\n")
    let notice = try #require(try MetricsFile(path: path, continuingFrom: 2).notice)
    #expect(notice.contains("columns of other names: remark"))
  }

  @Test func anEmptyFileIsBegun() throws {
    for text in ["", "\n", "\u{FEFF}"] {
      try WholeFile.replace(path, with: text)
      let file = try MetricsFile(path: path, continuingFrom: 4)
      #expect(file.rowsBefore.isEmpty && file.notice == nil)
    }
  }
}
