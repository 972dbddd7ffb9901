// What networks' outputs are held against, whatever kind it is.

import Numerics

/// The answers to a run of images: a class each, or as many numbers each as there are targets.
public enum AnswerView: Sendable {
  /// (images)
  case classes(VectorView<ClassLabel>)
  /// (images, targets), normalized as the networks' outputs are.
  case numbers(FloatView, targets: Int)

  /// Images.
  public var count: Int {
    switch self {
    case .classes(let labels): labels.count
    case .numbers(let values, let targets): values.count / targets
    }
  }

  /// nil of numbers.
  public var classes: VectorView<ClassLabel>? {
    if case .classes(let labels) = self { labels } else { nil }
  }

  /// The answers to the images of `range`.
  public func slice(_ range: Range<Int>) -> AnswerView {
    switch self {
    case .classes(let labels): .classes(labels.slice(range))
    case .numbers(let values, let targets):
      .numbers(
        values.slice(range.lowerBound * targets, range.count * targets), targets: targets)
    }
  }
}
