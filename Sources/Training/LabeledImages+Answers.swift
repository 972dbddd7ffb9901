// Answers to training images.

import Datasets
import TargetNetworks

extension LabeledImages {
  /// Overwrites what `answers` have at `position` with the answer to image `index`.
  func copyAnswer(_ index: Int, to answers: AnswerView, at position: Int) {
    switch answers {
    case .classes(let classes): classes[position] = label(index)
    case .numbers(let numbers, let count):
      copyTargets(index, into: numbers.slice(position * count, count))
    }
  }
}
