// What a training step draws before it computes.

import Datasets
import Hypernetworks
import Numerics

/// The latents of a rank's samples and the images that each of their networks, or all together, see: functions of
/// (seed, step, sample), whatever was drawn before. The members of a committee see one set of images.
package final class StepInputs {
  private let seed: UInt64
  private let latents: Latents
  private let order: ImageOrder
  private let images: LabeledImages
  private let samples: Range<Int>
  private let sampleCount: Int
  private let imagesPerLatent: Int
  private let committee: Int
  private let latentBuffer: AlignedBuffer<Float>
  private let indexBuffer: AlignedBuffer<Int32>

  /// `samples` of the minibatch's `sampleCount` are those of which this rank runs networks, or parts of them.
  package init(
    settings: StepSettings, architecture: HypernetworkArchitecture, images: LabeledImages,
    samples: Range<Int>, sampleCount: Int
  ) {
    seed = settings.seed
    self.images = images
    self.samples = samples
    self.sampleCount = sampleCount
    imagesPerLatent = settings.imagesPerLatent
    committee = settings.objective.committee
    precondition(
      sampleCount % committee == 0,
      "StepInputs: \(sampleCount) samples in committees of \(committee)")
    latents = Latents(architecture: architecture, seed: settings.seed)
    order = ImageOrder(imageCount: images.count, seed: settings.seed)
    latentBuffer = AlignedBuffer(count: samples.count * architecture.latentSize)
    indexBuffer = AlignedBuffer(count: samples.count * settings.imagesPerLatent)
  }

  /// The latents of `step`, (local samples, d), and the numbers of the training images that each sample sees,
  /// (local samples, imagesPerLatent). Fills `probes`, if there are any, with the step's. What is returned stays
  /// until the next draw.
  package func draw(_ step: Int, probes: ProbeOutputs?) -> (
    latents: FloatView, images: VectorView<Int32>
  ) {
    let size = latents.architecture.latentSize
    for (local, sample) in samples.enumerated() {
      latents.fill(
        latentBuffer.view.slice(local * size, size), purpose: .latents, step: step, sample: sample)
    }
    dealImages(step)
    if let probes { fill(probes, step) }
    return (latentBuffer.view, indexBuffer.view)
  }

  private func dealImages(_ step: Int) {
    let (sets, count) = (sampleCount / committee, imagesPerLatent)
    for (local, sample) in samples.enumerated() {
      let own = indexBuffer.view.slice(local * count, count)
      if local > 0 && sample % committee > 0 {
        own.copy(from: indexBuffer.view.slice((local - 1) * count, count))
      } else {
        order.fill(own, from: ((step - 1) * sets + sample / committee) * count)
      }
    }
  }

  /// The images that all networks of the step see, each drawn independently from the training images:
  /// functions of (seed, step).
  private func fill(_ probes: ProbeOutputs, _ step: Int) {
    let random = CounterRandom(seed: seed, purpose: .probeImages, major: step)
    let size = images.shape.count
    for position in 0..<probes.imageCount {
      let index = random.integer(position, below: images.count)
      images.copyImage(index, into: probes.images.slice(position * size, size))
      images.copyAnswer(index, to: probes.answers, at: position)
    }
  }
}
