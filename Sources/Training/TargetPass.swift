// The target networks of a step: loss and gradient of each on its own images.

import Collectives
import Datasets
import Host
import Numerics
import Optimizers
import TargetNetworks

/// Runs this rank's target networks forward and backward, each on one thread, or the last ones on teams of several.
final class TargetPass {
  private let images: SampleImages
  private let sampleCount: Int
  private let settings: StepSettings
  private let pool: WorkerPool
  private let engines: [TrainingEngine]
  /// Images and answers of those that run at the same time.
  private let pixels: [SharedBuffer<Float>]
  private let rooms: [AnswerRoom]
  /// (local samples, D)
  private let gradients: AlignedBuffer<Float>

  init(
    target: TargetArchitecture, settings: StepSettings, images: LabeledImages, samples: Range<Int>,
    pool: WorkerPool
  ) throws {
    self.images = SampleImages(images, settings: settings, firstSample: samples.lowerBound)
    sampleCount = samples.count
    self.settings = settings
    self.pool = pool
    let slots = 0..<min(pool.threadCount, samples.count)
    engines = try slots.map {
      try TrainingEngine(
        architecture: target, imageCount: settings.imagesPerLatent,
        activations: settings.precision, teamSize: pool.largestTeam(slot: $0))
    }
    pixels = slots.map { _ in
      SharedBuffer(count: settings.imagesPerLatent * images.shape.count)
    }
    rooms = slots.map { _ in AnswerRoom(target, count: settings.imagesPerLatent) }
    gradients = AlignedBuffer(count: samples.count * target.weightCount)
  }

  /// `gradientScale` times the gradient of each network's sum of losses, (local samples, D), which stays
  /// until the next run; each network's cut to the settings' norm. Local.
  ///
  /// - Parameters:
  ///   - weights: (local samples, D).
  ///   - images: the numbers of each sample's training images, (local samples, imagesPerLatent); changed as the
  ///     settings say for `step`.
  ///   - results: overwritten with what each network said.
  ///   - duty: what the main thread does between its networks, and between pieces of those that it shares: MPI belongs to it.
  func run(
    _ step: Int, weights: FloatView, images indices: VectorView<Int32>, gradientScale: Float,
    results: StepResults.Own, duty: MainThreadDuty
  ) throws -> FloatView {
    try pool.forEachTeam(
      sampleCount,
      RunTarget(
        step: step, images: images, indices: indices, engines: engines, pixels: pixels,
        rooms: rooms, weights: weights, gradientScale: gradientScale,
        clipping: settings.clipping(gradientScale: gradientScale),
        gradients: gradients.view, results: results),
      duty: duty)
    return gradients.view
  }
}

private struct RunTarget: TeamLoopBody {
  let step: Int
  let images: SampleImages
  let indices: VectorView<Int32>
  let engines: [TrainingEngine]
  let pixels: [SharedBuffer<Float>]
  let rooms: [AnswerRoom]
  let weights: FloatView
  let gradientScale: Float
  let clipping: GradientClipping?
  let gradients: FloatView
  let results: StepResults.Own

  func callAsFunction(_ local: Int, _ slot: Int, _ team: Team) {
    let (pixels, answers) = (pixels[slot].view, rooms[slot].answers)
    images.copy(
      indices.slice(local * answers.count, answers.count), step: step, local: local, into: pixels,
      answers: answers)
    let count = engines[slot].architecture.weightCount
    let gradient = gradients.slice(local * count, count)
    let result = engines[slot].trainingPass(
      weights: weights.slice(local * count, count), images: pixels, answers: answers,
      gradientScale: gradientScale, gradient: gradient, team: team)
    clipping?.apply(to: gradient)
    results.record(
      local, loss: result.lossSum, correct: result.correctCount)
  }
}
