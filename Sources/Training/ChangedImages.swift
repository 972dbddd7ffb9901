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
    copyPixels(indices, seed: seed, step: step, set: set, first: first, into: pixels)
    copyAnswers(indices, into: answers)
  }

  /// The images of ``copy(_:seed:step:set:first:into:answers:)`` alone.
  func copyPixels(
    _ indices: VectorView<Int32>, seed: UInt64, step: Int, set: Int, first: Int,
    into pixels: FloatView
  ) {
    let size = images.shape.count
    for position in 0..<indices.count {
      let index = Int(indices[position])
      images.copyImage(
        index, into: pixels.slice(position * size, size),
        change: augmentation.change(
          seed: seed, step: step, sample: set, position: first + position))
    }
  }

  /// Its answers alone.
  func copyAnswers(_ indices: VectorView<Int32>, into answers: AnswerView) {
    for position in 0..<indices.count {
      images.copyAnswer(Int(indices[position]), to: answers, at: position)
    }
  }
}
