// What a network is asked of each image.

import Numerics

/// The answer to each image of a set.
public enum Answers: Sendable {
  /// A class for each image, one of 0 ..< classCount.
  case labels([ClassLabel], classCount: Int)
  /// Numbers to predict.
  case targets(TargetValues)

  /// What is asked, without the answers.
  public enum Kind: Sendable, Equatable {
    case labels(classCount: Int)
    /// So many numbers an image.
    case targets(count: Int)

    /// `10 classes`, `2 numbers to predict`.
    public var text: String {
      switch self {
      case .labels(let count): "\(count) classes"
      case .targets(let count): count == 1 ? "1 number to predict" : "\(count) numbers to predict"
      }
    }

    /// Classes, or numbers to predict.
    public var outputCount: Int {
      switch self {
      case .labels(let count), .targets(let count): count
      }
    }
  }

  public var count: Int {
    switch self {
    case .labels(let labels, _): labels.count
    case .targets(let targets): targets.count
    }
  }

  /// Those of some rows.
  func chosen(_ rows: RowChoice) -> Answers {
    switch self {
    case .labels(let labels, let classCount):
      .labels((0..<rows.count).map { labels[rows[$0]] }, classCount: classCount)
    case .targets(let targets): .targets(targets.chosen(rows))
    }
  }

  public var kind: Kind {
    switch self {
    case .labels(_, let classCount): .labels(classCount: classCount)
    case .targets(let targets): .targets(count: targets.outputCount)
    }
  }
}
