// The target networks of a step whose committees are heard between forward and backward pass.

import Collectives
import Datasets
import Host
import Hypernetworks
import Numerics
import Optimizers
import TargetNetworks

/// Runs this rank's target networks forward, and backward when their committees' term is known, each on one thread, or the last
/// ones on teams of several.
/// Every network has an engine of its own, which keeps what the backward pass needs; a committee's read the same images.
final class CommitteePass {
  private let images: SampleImages
  private let sampleCount: Int
  private let settings: StepSettings
  private let pool: WorkerPool
  private let engines: [TwoPassEngine]
  private let committees: [CommitteeImages]
  /// (local samples, images)
  private let room: AnswerRoom
  /// (local samples, images, outputs): statements; gradients with respect to them, then to outputs; the accuracy loss'
  /// gradients with respect to outputs.
  private let statements: AlignedBuffer<Float>
  private let outputGradients: AlignedBuffer<Float>
  private let accuracyGradients: AlignedBuffer<Float>
  /// (local samples, D)
  private let gradients: AlignedBuffer<Float>

  init(
    target: TargetArchitecture, settings: StepSettings, images: LabeledImages, samples: Range<Int>,
    pool: WorkerPool
  ) throws {
    self.images = SampleImages(images, settings: settings, firstSample: samples.lowerBound)
    self.pool = pool
    sampleCount = samples.count
    self.settings = settings
    let imageCount = settings.imagesPerLatent
    committees = try CommitteeImages.all(
      of: samples, committee: settings.objective.committee, target, imageCount: imageCount)
    engines = try committees.flatMap { committee in
      try committee.members.map {
        try TwoPassEngine(
          images: committee.images, activations: settings.precision,
          teamSize: pool.teamSize($0, of: samples.count))
      }
    }
    room = AnswerRoom(target, count: samples.count * imageCount)
    statements = AlignedBuffer(count: samples.count * imageCount * target.classCount)
    outputGradients = AlignedBuffer(count: statements.count)
    accuracyGradients = AlignedBuffer(count: statements.count)
    gradients = AlignedBuffer(count: samples.count * target.weightCount)
  }

  /// What the networks say, after ``forward(_:weights:images:gradientScale:results:meanwhile:)``, and where the
  /// gradient of the committees' term with respect to it is to go before ``backward()``.
  var outputs: CommitteeOutputs {
    CommitteeOutputs(
      statements: statements.view, answers: room.answers, gradients: outputGradients.view)
  }

  /// Runs the networks on their images. Local. Cost: about a forward pass.
  ///
  /// - Parameters:
  ///   - weights: (local samples, D).
  ///   - images: the numbers of each sample's training images, (local samples, images); changed as the settings say
  ///     for `step`.
  ///   - gradientScale: factor of the losses in the gradient.
  ///   - results: overwritten with what each network said.
  ///   - duty: what the main thread does between its networks, and between pieces of those that it shares: MPI belongs to it.
  func forward(
    _ step: Int, weights: FloatView, images indices: VectorView<Int32>, gradientScale: Float,
    results: StepResults.Own, duty: MainThreadDuty
  ) throws {
    let sliceCount = committees.first?.images.sliceCount ?? 0
    pool.forEach(
      committees.count * sliceCount,
      FillSlices(
        step: step, images: images, indices: indices, committees: committees,
        sliceCount: sliceCount))
    try pool.forEachTeam(
      sampleCount,
      RunForward(
        images: images, indices: indices, engines: engines,
        answers: room.answers, weights: weights, gradientScale: gradientScale,
        statements: statements.view, accuracyGradients: accuracyGradients.view,
        results: results),
      duty: duty)
  }

  /// `gradientScale` times the gradient of each network's sum of losses, and the gradient of the committees'
  /// term, together, each network's cut to the settings' norm: (local samples, D), which stays until the next run. Local. Cost: about
  /// two forward passes.
  func backward(gradientScale: Float) -> FloatView {
    pool.forEachTeam(
      sampleCount,
      RunBackward(
        engines: engines, statements: statements.view,
        outputGradients: outputGradients.view, accuracyGradients: accuracyGradients.view,
        clipping: settings.clipping(gradientScale: gradientScale), gradients: gradients.view))
    return gradients.view
  }
}

/// A slice of a committee's images.
private struct FillSlices: LoopBody {
  let step: Int
  let images: SampleImages
  let indices: VectorView<Int32>
  let committees: [CommitteeImages]
  let sliceCount: Int

  func callAsFunction(_ index: Int, _ thread: Int) {
    let (committee, slice) = (committees[index / sliceCount], index % sliceCount)
    let local = committee.members.lowerBound
    let range = committee.images.range(of: slice)
    committee.images.fill(slice) {
      images.copyPixels(
        indices.slice(local * committee.images.imageCount + range.lowerBound, range.count),
        step: step, local: local, first: range.lowerBound, into: $0)
    }
  }
}

private struct RunForward: TeamLoopBody {
  let images: SampleImages
  let indices: VectorView<Int32>
  let engines: [TwoPassEngine]
  let answers: AnswerView
  let weights: FloatView
  let gradientScale: Float
  let statements: FloatView
  let accuracyGradients: FloatView
  let results: StepResults.Own

  func callAsFunction(_ local: Int, _ slot: Int, _ team: Team) {
    let target = engines[local].architecture
    let imageCount = answers.count / engines.count
    let answers = answers.slice(local * imageCount..<(local + 1) * imageCount)
    let outputCount = imageCount * target.classCount
    let outputs = statements.slice(local * outputCount, outputCount)
    images.copyAnswers(indices.slice(local * imageCount, imageCount), into: answers)
    engines[local].forward(
      weights: weights.slice(local * target.weightCount, target.weightCount), into: outputs,
      team: team)
    let result = target.loss.evaluate(
      outputs, width: target.classCount, answers: answers, scale: gradientScale,
      gradient: accuracyGradients.slice(local * outputCount, outputCount))
    target.loss.state(outputs, width: target.classCount, into: outputs)
    results.record(local, loss: result.lossSum, correct: result.correctCount)
  }
}

private struct RunBackward: TeamLoopBody {
  let engines: [TwoPassEngine]
  let statements: FloatView
  let outputGradients: FloatView
  let accuracyGradients: FloatView
  let clipping: GradientClipping?
  let gradients: FloatView

  func callAsFunction(_ local: Int, _ slot: Int, _ team: Team) {
    let target = engines[local].architecture
    let outputCount = statements.count / engines.count
    let outputGradient = outputGradients.slice(local * outputCount, outputCount)
    target.loss.backward(
      statements: statements.slice(local * outputCount, outputCount), width: target.classCount,
      gradient: outputGradient)
    VectorMath.add(
      accuracyGradients.slice(local * outputCount, outputCount), times: 1, to: outputGradient)
    let gradient = gradients.slice(local * target.weightCount, target.weightCount)
    engines[local].backward(logitGradient: outputGradient, gradient: gradient, team: team)
    clipping?.apply(to: gradient)
  }
}
