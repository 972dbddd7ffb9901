// What a study says of each of its points.

import Host
import Numerics

/// A point over all its rounds.
public struct PointSummary: Sendable {
  public let mode: ScalingMode
  public let nodes: Int
  public let ranks: Int
  public let threads: Int
  public let team: Int
  public let latents: Int
  public let images: Int
  /// Median over the rounds of the medians over a round's steps, and the least and the greatest of these.
  public let seconds: Double
  public let low: Double
  public let high: Double
  public let rounds: Int
  /// Nil without a base.
  public let efficiency: Efficiency?
  /// The median step's, by phase: the ranks' mean.
  public let phases: [Double]
  public let bytes: Int
  public let messages: Int
  public let isOversubscribed: Bool
  public let digest: String
  /// Of the rounds that died, if any did.
  public let problem: String

  public var cores: Int { ranks * threads }
  public var name: String { "\(ranks)x\(threads)" }
  public var hasTime: Bool { seconds.isFinite }

  /// The points of `table` in one mode, those of fewer cores first; the first that has times and a core for each thread, or else the first that has
  /// times, is the base.
  public static func all(of table: StepTable, _ mode: ScalingMode) -> [PointSummary] {
    let rows = table.rows.filter { $0.mode == mode }
    let groups = Dictionary(grouping: rows) { [$0.ranks, $0.threads, $0.latents] }
    let points = groups.values.map(Point.init).sorted {
      ($0.first.cores, $0.first.ranks, $0.first.latents)
        < ($1.first.cores, $1.first.ranks, $1.first.latents)
    }
    let base = points.first { $0.hasTime && !$0.isOversubscribed } ?? points.first { $0.hasTime }
    return points.map { PointSummary($0, base: base, mode) }
  }

  /// The rows of one point.
  private struct Point {
    let first: StepRow
    let dead: [StepRow]
    let timed: [StepRow]
    /// The median step of each round.
    let rounds: [Int: Double]

    init(_ rows: [StepRow]) {
      first = rows.first { !$0.isDead } ?? rows[0]
      dead = rows.filter(\.isDead)
      timed = rows.filter { !$0.isDead }
      rounds = Dictionary(grouping: timed, by: \.round).mapValues {
        Efficiency.median($0.map(\.seconds))
      }
    }

    var hasTime: Bool { !timed.isEmpty }
    var isOversubscribed: Bool { first.isOversubscribed }
  }

  private init(_ point: Point, base: Point?, _ mode: ScalingMode) {
    let first = point.first
    self.mode = mode
    (nodes, ranks, threads, team) = (first.nodes, first.ranks, first.threads, first.team)
    (latents, images) = (first.latents, first.images)
    let times = Array(point.rounds.values)
    rounds = times.count
    seconds = times.isEmpty ? .nan : Efficiency.median(times)
    low = times.min() ?? .nan
    high = times.max() ?? .nan
    efficiency = base.flatMap { base in
      let shared = point.rounds.keys.filter { base.rounds[$0] != nil }.sorted()
      guard !shared.isEmpty else { return nil }
      return Efficiency(
        rounds: shared.map { (base.rounds[$0]!, point.rounds[$0]!) },
        work: mode.isWeak ? 1 : Double(base.first.cores) / Double(first.cores))
    }
    phases = Phase.allCases.indices.map { phase in
      point.timed.isEmpty ? .nan : Efficiency.median(point.timed.map { $0.mean[phase] })
    }
    bytes = point.timed.map(\.bytes).max() ?? 0
    messages = point.timed.map(\.messages).max() ?? 0
    isOversubscribed = point.isOversubscribed
    digest = point.timed.last?.digest ?? ""
    problem = point.dead.last?.problem ?? ""
  }
}
