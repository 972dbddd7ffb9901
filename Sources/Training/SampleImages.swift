// The training images of a rank's samples, as the networks see them.

import Datasets
import Numerics
import TargetNetworks

/// Copies the images that a sample was dealt, changed at random: a function of (seed, step, set of images, position),
/// a committee's members seeing one set.
package struct SampleImages: Sendable {
  private let images: ChangedImages
  private let seed: UInt64
  private let committee: Int
  private let firstSample: Int

  /// `firstSample` is the number of the first sample of whose images this rank has any.
  package init(_ images: LabeledImages, settings: StepSettings, firstSample: Int) {
    self.images = ChangedImages(images: images, augmentation: settings.augmentation)
    self.firstSample = firstSample
    seed = settings.seed
    committee = settings.objective.committee
  }

  /// Overwrites `pixels`, (images, channel, row, column), and `answers` with those of local sample `local`, of whose
  /// images' numbers, from the one at `first` on, `indices` are some.
  package func copy(
    _ indices: VectorView<Int32>, step: Int, local: Int, first: Int = 0, into pixels: FloatView,
    answers: AnswerView
  ) {
    copyPixels(indices, step: step, local: local, first: first, into: pixels)
    copyAnswers(indices, into: answers)
  }

  /// The images of ``copy(_:step:local:first:into:answers:)`` alone.
  func copyPixels(
    _ indices: VectorView<Int32>, step: Int, local: Int, first: Int, into pixels: FloatView
  ) {
    images.copyPixels(
      indices, seed: seed, step: step, set: (firstSample + local) / committee, first: first,
      into: pixels)
  }

  /// Its answers alone.
  func copyAnswers(_ indices: VectorView<Int32>, into answers: AnswerView) {
    images.copyAnswers(indices, into: answers)
  }
}
