// What all analyses share: what they are asked, and what they give.

import Datasets
import Evaluation
import TensorCore

/// One of the experiments on generated networks.
public enum AnalysisKind: String, Sendable, CaseIterable {
  case accuracy, filters, scatter, paths, ensembles, adversarial, similarity

  /// What `samples` counts, and the number where none is given: those of the paper where it says one.
  public var samples: (meaning: String, standard: Int) {
    switch self {
    case .accuracy: ("networks", 200)
    case .filters: ("networks", 12)
    case .scatter: ("networks", 500)
    case .paths: ("pairs of networks", 10)
    case .ensembles: ("networks of each of \(EnsemblesAnalysis.ensembleCount) ensembles", 200)
    case .adversarial: ("networks of the ensemble", 100)
    case .similarity: ("networks", 40)
    }
  }

  /// Fewer samples show nothing.
  public var fewestSamples: Int {
    switch self {
    case .scatter: 3
    case .similarity: 2
    default: 1
    }
  }
}

/// What an analysis works on.
public struct AnalysisRequest: Sendable {
  public var samples: Int
  public var seed: UInt64
  public var images: LabeledImages
  /// Only the first images, or all.
  public var imageLimit: Int?
  /// Hears of units of work that this rank has done, of how many.
  public var progress: (@Sendable (_ done: Int) -> Void)?

  public init(samples: Int, seed: UInt64, images: LabeledImages, imageLimit: Int? = nil) {
    self.samples = samples
    self.seed = seed
    self.images = images
    self.imageLimit = imageLimit
  }

  var imageCount: Int { min(imageLimit ?? images.count, images.count) }

  func networks(_ count: Int) -> EvaluationRequest {
    EvaluationRequest(networkCount: count, seed: seed, imageLimit: imageLimit)
  }
}

/// A table of numbers, which becomes a CSV file.
public struct NumberTable: Sendable {
  /// The file's name without its ending.
  public let name: String
  public let columns: [String]
  public private(set) var rows: [[Double]] = []

  public init(_ name: String, _ columns: [String]) {
    self.name = name
    self.columns = columns
  }

  /// NaN is an empty cell.
  public mutating func add(_ row: [Double]) {
    precondition(row.count == columns.count, "NumberTable \(name): \(row) for \(columns)")
    rows.append(row)
  }

  /// All values of a column.
  public subscript(column: String) -> [Double] {
    let index = columns.firstIndex(of: column)!
    return rows.map { $0[index] }
  }

  /// Comma-separated values with a header; whole numbers without a point, others with the fewest digits
  /// that give the same number back.
  public var csv: String {
    ([columns.joined(separator: ",")]
      + rows.map { row in row.map(Self.text).joined(separator: ",") })
      .joined(separator: "\n") + "\n"
  }

  private static func text(_ value: Double) -> String {
    guard value.isFinite else { return "" }
    return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
  }
}

/// An analysis's numbers, and what they come to in words.
public struct AnalysisResult: Sendable {
  public let kind: AnalysisKind
  public let tables: [NumberTable]
  /// A few lines for people.
  public let summary: [String]
  /// Facts that figures need beside the tables, such as how many layers there are.
  public let facts: [String: Double]

  public init(
    _ kind: AnalysisKind, tables: [NumberTable], summary: [String], facts: [String: Double] = [:]
  ) {
    self.kind = kind
    self.tables = tables
    self.summary = summary
    self.facts = facts
  }

  public func table(_ name: String) -> NumberTable { tables.first { $0.name == name }! }
}

/// A fraction as a percentage with two decimals.
func percent(_ fraction: Double) -> String { hundredths(100 * fraction) + " %" }

/// A number with two decimals.
func hundredths(_ value: Double) -> String {
  let whole = Int((abs(value) * 100).rounded())
  return "\(value < 0 && whole > 0 ? "-" : "")\(whole / 100).\(whole % 100 / 10)\(whole % 10)"
}

func mean(_ values: some Collection<Double>) -> Double {
  values.reduce(0, +) / Double(values.count)
}
