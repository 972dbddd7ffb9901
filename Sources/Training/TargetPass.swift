// The target networks of a step: loss and gradient of each on its own images.

import Collectives
import Datasets
import Host
import Numerics
import Optimizers
import TargetNetworks

/// Runs this rank's target networks forward and backward, each on one thread, or the last ones on teams of several.
///
/// Where a network's images come in slices, each slice has a gradient of its own, and these are added along the slices' tree; where some are other ranks', the
/// ranks of the group run one network after the other, each its slices, all threads in one team.
final class TargetPass {
  private let images: SampleImages
  private let sampleCount: Int
  private let settings: StepSettings
  private let pool: WorkerPool
  /// Of the slices of a network that are all here.
  private let summation: TreeSummation
  private let engines: Engines
  private let group: TargetGroup?
  /// Images and answers of those that run at the same time.
  private let pixels: [SharedBuffer<Float>]
  private let rooms: [AnswerRoom]
  /// (local samples, D)
  private let gradients: AlignedBuffer<Float>

  /// How networks see their images.
  private enum Engines {
    case whole([TrainingEngine])
    /// With room for each slice's gradient, (own slices, D).
    case sliced([DividedEngine], [SharedBuffer<Float>])
  }

  /// `samples` are those whose networks this rank runs; `group`: with others.
  init(
    target: TargetArchitecture, settings: StepSettings, images: LabeledImages, samples: Range<Int>,
    group: TargetGroup? = nil, pool: WorkerPool
  ) throws {
    self.images = SampleImages(images, settings: settings, firstSample: samples.lowerBound)
    sampleCount = samples.count
    self.settings = settings
    self.pool = pool
    self.group = group
    summation = TreeSummation(ofLeaves: 0..<settings.slices)
    let slots = 0..<(group == nil ? min(pool.threadCount, samples.count) : 1)
    let slices = group?.slices ?? 0..<settings.slices
    let sliceImages = settings.imagesPerLatent / settings.slices
    let imageCount = slices.count * sliceImages
    engines =
      if settings.slices == 1 {
        .whole(
          try slots.map {
            try TrainingEngine(
              architecture: target, imageCount: imageCount, activations: settings.precision,
              teamSize: pool.largestTeam(slot: $0))
          })
      } else {
        .sliced(
          try slots.map {
            try DividedEngine(
              architecture: target, sliceImages: sliceImages, sliceCount: settings.slices,
              slices: slices, activations: settings.precision, teamSize: pool.largestTeam(slot: $0))
          }, slots.map { _ in SharedBuffer(count: slices.count * target.weightCount) })
      }
    pixels = slots.map { _ in SharedBuffer(count: imageCount * images.shape.count) }
    rooms = slots.map { _ in AnswerRoom(target, count: imageCount) }
    gradients = AlignedBuffer(count: samples.count * target.weightCount)
  }

  /// `gradientScale` times the gradient of each network's sum of losses, (local samples, D), which stays
  /// until the next run; each network's cut to the settings' norm. Collective within a group, else local.
  ///
  /// - Parameters:
  ///   - weights: (local samples, D).
  ///   - images: the numbers of the training images of each sample whose network is run, (samples, imagesPerLatent); changed as the
  ///     settings say for `step`.
  ///   - results: overwritten with what each network said.
  ///   - duty: what the main thread does between its networks, and between pieces of those that it shares: MPI belongs to it.
  func run(
    _ step: Int, weights: FloatView, images indices: VectorView<Int32>, gradientScale: Float,
    results: StepResults.Own, duty: MainThreadDuty
  ) throws -> FloatView {
    let clipping = settings.clipping(gradientScale: gradientScale)
    switch engines {
    case .whole(let engines):
      try pool.forEachTeam(
        sampleCount,
        RunTarget(
          step: step, images: images, indices: indices, engines: engines, pixels: pixels,
          rooms: rooms, weights: weights, gradientScale: gradientScale, clipping: clipping,
          gradients: gradients.view, results: results),
        duty: duty)
    case .sliced(let engines, let parts):
      let body = RunSlices(
        step: step, images: images, indices: indices, imageCount: settings.imagesPerLatent,
        engines: engines, pixels: pixels, rooms: rooms, weights: weights,
        gradientScale: gradientScale,
        summation: summation, parts: parts, group: group, clipping: clipping,
        gradients: gradients.view, results: results)
      if let group {
        pool.forEachLed(sampleCount, body) { local in
          group.imitate(parts[0].view, into: body.gradient(local))
        }
        try group.report()
      } else {
        try pool.forEachTeam(sampleCount, body, duty: duty)
      }
    }
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

private struct RunSlices: TeamLoopBody {
  let step: Int
  let images: SampleImages
  let indices: VectorView<Int32>
  /// Of a network, on all ranks.
  let imageCount: Int
  let engines: [DividedEngine]
  let pixels: [SharedBuffer<Float>]
  let rooms: [AnswerRoom]
  let weights: FloatView
  let gradientScale: Float
  let summation: TreeSummation
  let parts: [SharedBuffer<Float>]
  let group: TargetGroup?
  let clipping: GradientClipping?
  let gradients: FloatView
  let results: StepResults.Own

  func gradient(_ local: Int) -> FloatView {
    let count = engines[0].architecture.weightCount
    return gradients.slice(local * count, count)
  }

  func callAsFunction(_ local: Int, _ slot: Int, _ team: Team) {
    let (engine, pixels, answers) = (engines[slot], pixels[slot].view, rooms[slot].answers)
    let first = engine.slices.lowerBound * engine.sliceImages
    images.copy(
      indices.slice(local * imageCount + first, answers.count), step: step, local: local,
      first: first, into: pixels, answers: answers)
    let gradient = gradient(local)
    engine.trainingPass(
      weights: weights.slice(local * gradient.count, gradient.count), images: pixels,
      answers: answers, gradientScale: gradientScale, gradients: parts[slot].view, exchange: group,
      team: team
    ) { slice, result in
      results.record(
        local * engine.slices.count + slice, loss: result.lossSum, correct: result.correctCount)
    }
    if let group {
      group.sum(parts[slot].view, into: gradient)
    } else {
      team.forEach(
        team.parts,
        AddSlices(
          summation: summation, parts: parts[slot].view, gradient: gradient, pieces: team.parts))
    }
    clipping?.apply(to: gradient)
  }
}

/// Adds up a run of the slices' gradients.
private struct AddSlices: LoopBody {
  let summation: TreeSummation
  let parts: FloatView
  let gradient: FloatView
  let pieces: Int

  func callAsFunction(_ piece: Int, _ member: Int) {
    let run = (0..<gradient.count).part(piece, of: pieces)
    summation.run(
      parts.dropFirst(run.lowerBound), stride: gradient.count, into: gradient.slice(run))
  }
}
