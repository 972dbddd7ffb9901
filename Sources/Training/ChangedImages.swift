// Training images as networks see them.

import Datasets
import Numerics
import TargetNetworks

/// Copies training images, each changed at random: a function of (seed, step, set of images, position).
struct ChangedImages: Sendable {
  let images: LabeledImages
  let augmentation: ImageAugmentation

  /// Overwrites `pixels`, (images, channel, row, column), and `answers` with those of the numbers `indices`, which are the
  /// positions from `first` on of set `set` of the step.
  func copy(
    _ indices: VectorView<Int32>, seed: UInt64, step: Int, set: Int, first: Int = 0,
    into pixels: FloatView, answers: AnswerView
  ) {
    let size = images.shape.count
    for position in 0..<indices.count {
      let index = Int(indices[position])
      images.copyImage(
        index, into: pixels.slice(position * size, size),
        change: augmentation.change(
          seed: seed, step: step, sample: set, position: first + position))
      images.copyAnswer(index, to: answers, at: position)
    }
  }
}
