// From a table to a data file.

import Checkpointing

/// Makes inputs and answers of a table's columns: numbers as they are, texts as categories (a column of 0 and 1 for each).
struct TableImport {
  private struct Column {
    let name: String
    let place: Int
    /// The texts there are, sorted; nil of numbers.
    let categories: [String]?
  }

  private let options: DataImport
  private let path: String
  private let writer: ArrayFileWriter

  init(_ options: DataImport, _ path: String, _ writer: ArrayFileWriter) {
    (self.options, self.path, self.writer) = (options, path, writer)
  }

  private func problem(_ text: String) -> DatasetError { .malformed(path: path, problem: text) }

  func run() throws -> [String] {
    let table = try TextTable(path: path)
    let asked = options.targets + (options.label.map { [$0] } ?? [])
    let names = table.names.joined(separator: ", ")
    guard !asked.isEmpty else {
      throw problem(
        "which columns are to be predicted? --target COLUMN, for each, or --label COLUMN; its columns are \(names)"
      )
    }
    for name in asked + options.categories where !table.names.contains(name) {
      throw problem("has no column \(name); its columns are \(names)")
    }
    let columns = table.names.indices.map { column(table, $0) }
    let answers = asked.map { name in columns.first { $0.name == name }! }
    let classes = answers.filter { $0.categories != nil }
    guard classes.isEmpty || answers.count == 1 else {
      throw problem(
        "\(classes[0].name) holds texts, which are classes: there can be no other target beside it")
    }
    let features = columns.filter { !asked.contains($0.name) }
    guard !features.isEmpty else { throw problem("has no column beside those to be predicted") }
    let assignment = try options.assignment(of: table.rows.count, path: path)
    try writeInputs(table, features, assignment)
    if let only = classes.first {
      try writeClasses(table, only, assignment)
    } else {
      try writeTargets(table, answers, assignment)
    }
    let inputs = features.map { column in
      column.name + (column.categories.map { " (\($0.count) categories)" } ?? "")
    }.joined(separator: ", ")
    let last =
      classes.first.map { "\($0.name): \($0.categories!.count) classes" }
      ?? "to predict: \(asked.joined(separator: ", "))"
    return ["inputs: \(inputs)", last] + assignment.splits.map { "\($0.name): \($0.count) rows" }
  }

  /// A column is of numbers where its first cell is one.
  private func column(_ table: TextTable, _ place: Int) -> Column {
    let name = table.names[place]
    let isText =
      options.categories.contains(name) || options.label == name
      || Float(table.rows[0].cells[place]) == nil
    guard isText else { return Column(name: name, place: place, categories: nil) }
    let texts = Set(table.rows.map { $0.cells[place] })
    let numbers = texts.compactMap { Double($0) }
    // Classes that are numbers are in their order.
    let sorted =
      numbers.count == texts.count
      ? texts.sorted { Double($0)! < Double($1)! } : texts.sorted()
    return Column(name: name, place: place, categories: sorted)
  }

  private func text(_ row: TextTable.Row, _ column: Column) throws(DatasetError) -> String {
    let cell = row.cells[column.place]
    guard !cell.isEmpty else {
      throw problem("row \(row.line), column \(column.name): the cell is empty")
    }
    return cell
  }

  private func number(_ row: TextTable.Row, _ column: Column) throws(DatasetError) -> Float {
    let cell = try text(row, column)
    guard let value = Float(cell), value.isFinite else {
      throw problem(
        "row \(row.line), column \(column.name): '\(cell)' is no number (for a column of names: --category \(column.name))"
      )
    }
    return value
  }

  private func writeInputs(_ table: TextTable, _ columns: [Column], _ assignment: RowAssignment)
    throws
  {
    let names = columns.flatMap { column in
      column.categories.map { $0.map { "\(column.name)=\($0)" } } ?? [column.name]
    }
    try writer.write("feature_names", texts: names)
    let parts = try SplitWriter<Float>(writer, "inputs", rowShape: [names.count], assignment)
    for row in table.rows {
      var values: [Float] = []
      for column in columns {
        if let categories = column.categories {
          let own = try text(row, column)
          values += categories.map { $0 == own ? 1 : 0 }
        } else {
          values.append(try number(row, column))
        }
      }
      try parts.append(values)
    }
    try parts.finish()
  }

  private func writeClasses(_ table: TextTable, _ column: Column, _ assignment: RowAssignment)
    throws
  {
    try writer.write("class_names", texts: column.categories!)
    let places = Dictionary(uniqueKeysWithValues: zip(column.categories!, Int64(0)...))
    let parts = try SplitWriter<Int64>(writer, "labels", rowShape: [], assignment)
    for row in table.rows { try parts.append([places[try text(row, column)]!]) }
    try parts.finish()
  }

  private func writeTargets(_ table: TextTable, _ columns: [Column], _ assignment: RowAssignment)
    throws
  {
    try writer.write("target_names", texts: columns.map(\.name))
    let parts = try SplitWriter<Float>(writer, "targets", rowShape: [columns.count], assignment)
    for row in table.rows {
      try parts.append(columns.map { column throws(DatasetError) in try number(row, column) })
    }
    try parts.finish()
  }
}
