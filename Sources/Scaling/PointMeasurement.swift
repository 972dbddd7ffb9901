// What one start of `bench step` says, as rows of a study.

import Files
import Host

/// The figures of `bench step --json` that a study keeps.
public struct PointMeasurement {
  public let rows: [StepRow]

  /// Nil where `text` is no such JSON. `row` has what all rows have in common.
  public init?(_ text: String, row common: StepRow) {
    guard let json = JSONValue(parsing: text), let steps = json["steps"]?.elements,
      !steps.isEmpty, let digest = json["digest"]?.text
    else { return nil }
    func whole(_ key: String) -> Int { json[key]?.number.map { Int($0) } ?? 0 }
    var row = common
    row.nodes = whole("nodes")
    row.team = whole("team")
    row.latents = whole("latents")
    row.images = whole("images")
    row.digest = digest
    row.host = json["host"]?.text ?? ""
    row.processor = json["processor"]?.text ?? ""
    row.mpi = json["mpi"]?.text ?? ""
    if case .bool(let isOversubscribed)? = json["oversubscribed"] {
      row.isOversubscribed = isOversubscribed
    }
    var rows: [StepRow] = []
    for (index, step) in steps.enumerated() {
      guard let seconds = step["seconds"]?.number, let slowest = Self.phases(step["slowest"]),
        let mean = Self.phases(step["mean"])
      else { return nil }
      row.step = index + 1
      row.seconds = seconds
      row.slowest = slowest
      row.mean = mean
      row.bytes = step["bytes"]?.number.map { Int($0) } ?? 0
      row.messages = step["messages"]?.number.map { Int($0) } ?? 0
      row.waiting = step["waiting"]?.number ?? .nan
      rows.append(row)
    }
    self.rows = rows
  }

  private static func phases(_ json: JSONValue?) -> [Double]? {
    let values = Phase.allCases.compactMap { json?["\($0)"]?.number }
    return values.count == Phase.allCases.count ? values : nil
  }
}
