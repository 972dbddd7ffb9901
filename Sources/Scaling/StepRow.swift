// A timed step of a scaling study, or a point that died.

import Host

/// A row of scaling.csv.
public struct StepRow: Sendable, Equatable {
  public var mode = ScalingMode.strong
  public var nodes = 0
  public var ranks = 0
  public var threads = 0
  /// The most threads that share a target network.
  public var team = 0
  public var latents = 0
  public var images = 0
  /// From 1 on; step 0 stands for all of a point that died.
  public var round = 0
  public var step = 0
  public var seconds = Double.nan
  /// By phase, in the order of `Phase`: of the rank that computed longest, and the ranks' mean.
  public var slowest = [Double](repeating: .nan, count: Phase.allCases.count)
  public var mean = [Double](repeating: .nan, count: Phase.allCases.count)
  /// Of the rank that sends most.
  public var bytes = 0
  public var messages = 0
  public var waiting = Double.nan
  public var digest = ""
  public var host = ""
  public var processor = ""
  public var commit = ""
  public var mpi = ""
  public var binding = ""
  public var isOversubscribed = false
  /// Why there is no time; empty where there is one.
  public var problem = ""

  public init() {}

  public var cores: Int { ranks * threads }
  public var isDead: Bool { !problem.isEmpty }
}

// MARK: As text

extension StepRow {
  /// A column: its head, how it is written and how it is read.
  struct Column: Sendable {
    let head: String
    let write: @Sendable (StepRow) -> String
    let read: @Sendable (String, inout StepRow) -> Void

    init<Value: LosslessStringConvertible>(
      _ head: String, _ path: WritableKeyPath<StepRow, Value> & Sendable
    ) {
      self.head = head
      write = { "\($0[keyPath: path])" }
      read = { text, row in if let value = Value(text) { row[keyPath: path] = value } }
    }

    init(seconds head: String, _ path: WritableKeyPath<StepRow, Double> & Sendable) {
      self.head = head
      write = { $0[keyPath: path].isFinite ? "\($0[keyPath: path])" : "" }
      read = { text, row in row[keyPath: path] = Double(text) ?? .nan }
    }

    init(phase: Phase, _ prefix: String, _ path: WritableKeyPath<StepRow, [Double]> & Sendable) {
      head = "\(prefix)_\(phase)"
      write = { row in
        let value = row[keyPath: path][phase.rawValue]
        return value.isFinite ? "\(value)" : ""
      }
      read = { text, row in row[keyPath: path][phase.rawValue] = Double(text) ?? .nan }
    }

    /// Words: what would end a cell is replaced.
    init(text head: String, _ path: WritableKeyPath<StepRow, String> & Sendable) {
      self.head = head
      write = { row in
        String(row[keyPath: path].map { $0 == "," ? ";" : $0.isNewline || $0 == "\"" ? " " : $0 })
      }
      read = { text, row in row[keyPath: path] = text }
    }
  }

  static let columns: [Column] =
    [
      Column("mode", \.mode), Column("nodes", \.nodes), Column("ranks", \.ranks),
      Column("threads", \.threads), Column("team", \.team), Column("latents", \.latents),
      Column("images", \.images), Column("round", \.round), Column("step", \.step),
      Column(seconds: "seconds", \.seconds),
    ]
    + Phase.allCases.map { Column(phase: $0, "slowest", \.slowest) }
    + Phase.allCases.map { Column(phase: $0, "mean", \.mean) }
    + [
      Column("bytes", \.bytes), Column("messages", \.messages),
      Column(seconds: "waiting", \.waiting), Column(text: "digest", \.digest),
      Column(text: "host", \.host), Column(text: "processor", \.processor),
      Column(text: "commit", \.commit), Column(text: "mpi", \.mpi),
      Column(text: "binding", \.binding), Column("oversubscribed", \.isOversubscribed),
      Column(text: "problem", \.problem),
    ]

  var line: String { Self.columns.map { $0.write(self) }.joined(separator: ",") }
}

extension ScalingMode: LosslessStringConvertible {
  public init?(_ description: String) { self.init(rawValue: description) }
  public var description: String { rawValue }
}
