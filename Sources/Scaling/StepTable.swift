// The steps of a scaling study in a file.

import Files

/// scaling.csv: one row a timed step, and one for each point and round that died.
public struct StepTable: Sendable {
  public static let fileName = "scaling.csv"

  public private(set) var rows: [StepRow] = []

  public init() {}

  /// The table of a folder; nil where there is none.
  public init?(folder: String) throws {
    let path = "\(folder)/\(Self.fileName)"
    guard let text = try WholeFile.text(path) else { return nil }
    let lines = text.split(whereSeparator: \.isNewline)
    let heads = StepRow.columns.map(\.head)
    guard lines.first.map({ $0.split(separator: ",").map(String.init) }) == heads else {
      throw ScalingError(
        "\(path): this is no table of hyperdist scale: it begins with other columns; choose another --output",
        .badRequest)
    }
    for (number, line) in lines.enumerated().dropFirst() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard cells.count == heads.count else {
        throw ScalingError(
          "\(path):\(number + 1): \(cells.count) cells in \(heads.count) columns; mend the line or remove it"
        )
      }
      var row = StepRow()
      for (column, cell) in zip(StepRow.columns, cells) { column.read(cell, &row) }
      rows.append(row)
    }
  }

  /// Puts rows in the place of what there is of the same point and round.
  public mutating func replace(with added: [StepRow]) {
    let places = Set(added.map(Place.init))
    rows.removeAll { places.contains(Place($0)) }
    rows += added
  }

  /// Takes up rows of points and rounds that have no times here.
  public mutating func adopt(_ other: StepTable) {
    let places = Set(rows.filter { !$0.isDead }.map(Place.init))
    let added = other.rows.filter { !places.contains(Place($0)) }
    if !added.isEmpty { replace(with: added) }
  }

  /// Whether a point's round has been timed.
  public func has(_ point: ScalePoint, _ mode: ScalingMode, round: Int) -> Bool {
    let place = Place(point, mode, round)
    return rows.contains { !$0.isDead && Place($0) == place }
  }

  public func write(to folder: String) throws {
    let head = StepRow.columns.map(\.head).joined(separator: ",")
    try WholeFile.replace(
      "\(folder)/\(Self.fileName)",
      with: ([head] + rows.map(\.line)).joined(separator: "\n") + "\n")
  }

  private struct Place: Hashable {
    let mode: ScalingMode
    let point: [Int]

    init(_ row: StepRow) {
      (mode, point) = (row.mode, [row.ranks, row.threads, row.latents, row.round])
    }

    init(_ point: ScalePoint, _ mode: ScalingMode, _ round: Int) {
      self.mode = mode
      self.point = [point.ranks, point.threads, point.latents, round]
    }
  }
}
