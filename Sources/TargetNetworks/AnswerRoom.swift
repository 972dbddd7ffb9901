// Memory for the answers to a run of images.

import Numerics

/// Owns the numbers that ``AnswerView`` are views of, to be filled again and again.
public struct AnswerRoom: Sendable {
  private let labels: SharedBuffer<ClassLabel>
  private let numbers: SharedBuffer<Float>
  private let targets: Int

  /// For `count` images that a network of `architecture` is trained on.
  public init(_ architecture: TargetArchitecture, count: Int) {
    targets = architecture.loss.isRegression ? architecture.targetCount : 0
    labels = SharedBuffer(count: targets == 0 ? count : 0)
    numbers = SharedBuffer(count: targets * count)
  }

  public var answers: AnswerView {
    targets == 0 ? .classes(labels.view) : .numbers(numbers.view, targets: targets)
  }
}
