// A measured scaling study.

import Files
import Host
import Numerics

/// Points timed round by round, in another order each round, so that what changes on the machine meanwhile hits all of them. What is there of an earlier
/// start is kept.
public struct ScalingStudy {
  public let folder: String
  public let points: [ScalePoint]
  public let mode: ScalingMode
  public let rounds: Int
  public private(set) var table: StepTable
  /// The configuration that starts are given.
  public var configuration: String { "\(folder)/config.yaml" }

  /// Reads what there is in `folder`, jobs' own studies below it included. The points are timed with `configuration`, for
  /// `steps` at a start; an earlier study of other settings is refused.
  public init(
    folder: String, points: [ScalePoint], mode: ScalingMode, rounds: Int, steps: Int,
    configuration: String
  ) throws {
    (self.folder, self.points, self.mode, self.rounds) = (folder, points, mode, rounds)
    for (name, text) in [("config.yaml", configuration), ("study.yaml", "steps: \(steps)\n")] {
      let path = "\(folder)/\(name)"
      if let earlier = try WholeFile.text(path), earlier != text {
        throw ScalingError(
          "\(folder): a study with other settings is there (\(path)\(Self.difference(earlier, text))); choose another --output",
          .badRequest)
      }
      try WholeFile.replace(path, with: text)
    }
    var table = try StepTable(folder: folder) ?? StepTable()
    for job in Folder.names(in: "\(folder)/jobs").map({ "\(folder)/jobs/\($0)" })
    where FileKind(of: job) == .folder {
      if let own = try StepTable(folder: job) { table.adopt(own) }
    }
    self.table = table
    try table.write(to: folder)
  }

  /// Points that are still to be timed, in the order of the rounds.
  public var missing: [(point: ScalePoint, round: Int)] {
    (1...max(1, rounds)).flatMap { round in
      let order = CounterRandom(seed: 0, purpose: .studyOrder, major: round)
        .permutation(of: points.count)
      return order.map { points[$0] }
        .filter { !table.has($0, mode, round: round) }
        .map { ($0, round) }
    }
  }

  /// Takes up a round of a point, on the disk before this returns.
  public mutating func add(_ rows: [StepRow]) throws {
    table.replace(with: rows)
    try table.write(to: folder)
  }

  public var summaries: [PointSummary] { PointSummary.all(of: table, mode) }

  private static func difference(_ old: String, _ new: String) -> String {
    let (old, new) = (old.split(separator: "\n"), new.split(separator: "\n"))
    guard let pair = zip(old, new).first(where: { $0 != $1 }) else { return "" }
    func setting(_ line: Substring) -> String {
      String(line.prefix { $0 != "#" }).split(separator: " ").joined(separator: " ")
    }
    return ": \(setting(pair.0)), now \(setting(pair.1))"
  }
}
