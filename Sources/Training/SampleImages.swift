// The training images of a rank's samples, as the networks see them.

import Datasets
import Numerics

/// Copies the images that a sample was dealt, changed at random: a function of (seed, step, set of images, position),
/// a committee's members seeing one set.
package struct SampleImages: Sendable {
  private let images: LabeledImages
  private let seed: UInt64
  private let augmentation: ImageAugmentation
  private let committee: Int
  private let firstSample: Int

  /// `firstSample` is the number of this rank's first sample.
  package init(_ images: LabeledImages, settings: StepSettings, firstSample: Int) {
    self.images = images
    self.firstSample = firstSample
    seed = settings.seed
    augmentation = settings.augmentation
    committee = settings.objective.committee
  }

  /// Overwrites `pixels`, (images, channel, row, column), and `labels` with those of local sample `local`, whose
  /// images' numbers are `indices`.
  package func copy(
    _ indices: VectorView<Int32>, step: Int, local: Int, into pixels: FloatView,
    labels: VectorView<UInt8>
  ) {
    let size = images.shape.count
    for position in 0..<indices.count {
      let index = Int(indices[position])
      images.copyImage(
        index, into: pixels.slice(position * size, size),
        change: augmentation.change(
          seed: seed, step: step, sample: (firstSample + local) / committee, position: position))
      labels[position] = images.labels[index]
    }
  }
}
