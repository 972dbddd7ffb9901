// Ensembles that predict numbers, side by side.

import Files

/// What `compare` finds of networks that predict numbers, and the file comparison-numbers.json.
public struct RegressionComparison: JSONRecord {
  public var data = ""
  public var split = ""
  public var images = 0
  public var seed: UInt64 = 0
  public var methods: [ComparedRegression] = []

  public init() {}

  public init(data: String, split: String, seed: UInt64, methods: [ComparedRegression]) {
    (self.data, self.split, self.seed, self.methods) = (data, split, seed, methods)
    images = methods.first?.figure("images").map { Int($0) } ?? 0
  }

  /// The file's name in its folder.
  public static let fileName = "comparison-numbers.json"

  public static let fields = [
    JSONField("data", \Self.data), JSONField("split", \Self.split),
    JSONField("images", \Self.images), JSONField("seed", \Self.seed),
    JSONField("methods", \Self.methods),
  ]

  /// On what the methods are measured.
  var about: String { "\(images) \(split) images of \(data)" }

  /// Two tables.
  var tables: [(head: [String], rows: [[String]])] {
    typealias Column = ComparisonColumn<ComparedRegression>
    return [Column.scores, Column.intervals].map { Column.table($0, of: methods, \.name) }
  }

  static let note =
    "votes, disagreement, errors in common and what an ensemble is worth in independent networks go by classes: they have no meaning here"

  /// The tables, and what has no meaning here.
  public func text(seconds: Double) -> String {
    (["\(methods.count) methods on \(about), \(Format.duration(seconds))"]
      + tables.map { TextTable($0.head, $0.rows).text } + ["  \(Self.note)"])
      .joined(separator: "\n")
  }
}
