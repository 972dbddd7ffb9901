// What all networks of a step say of the same images, and the way back from there to the weights.

import Host
import Kernels
import Numerics
import TargetNetworks

/// The outputs of this rank's networks on shared probe images: what each network states (``Loss/state(_:width:into:)``),
/// image after image, as one vector.
///
/// Of classes probabilities and not logits: what a network's symmetries change (a constant added to all logits)
/// is no diversity, and probabilities are bounded, so that scaling up the logits is none without end
/// either. Every network is computed by one thread with fixed shapes.
public final class ProbeOutputs {
  public let imageCount: Int
  public let classCount: Int
  /// Elements of one network's outputs.
  public var outputCount: Int { imageCount * classCount }
  /// (images, channel, row, column), to be filled for each step.
  public var images: FloatView { imageBuffer.view }
  /// One a probe image, to be filled for each step.
  public var answers: AnswerView { room.answers }
  /// (local samples, images, classes), after ``compute(_:)``.
  public var outputs: FloatView { outputBuffer.view }
  /// dL / d outputs, of the same shape; scratch after ``addGradient(_:to:)``.
  public var outputGradients: FloatView { outputGradientBuffer.view }

  private let sampleCount: Int
  private let weightCount: Int
  private let pool: WorkerPool
  private let engines: [TrainingEngine]
  private let imageBuffer: AlignedBuffer<Float>
  private let room: AnswerRoom
  private let outputBuffer: AlignedBuffer<Float>
  private let outputGradientBuffer: AlignedBuffer<Float>
  /// One weight gradient a thread.
  private let scratch: AlignedBuffer<Float>

  /// `sampleCount` networks of this rank, whose activations are stored with `precision`.
  public init(
    target: TargetArchitecture, imageCount: Int, sampleCount: Int, precision: ElementType,
    pool: WorkerPool
  ) throws(KernelError) {
    self.imageCount = imageCount
    self.sampleCount = sampleCount
    self.pool = pool
    classCount = target.classCount
    weightCount = target.weightCount
    var engines: [TrainingEngine] = []
    for slot in 0..<pool.threadCount {
      engines.append(
        try TrainingEngine(
          architecture: target, imageCount: imageCount, activations: precision,
          teamSize: pool.largestTeam(slot: slot)))
    }
    self.engines = engines
    imageBuffer = AlignedBuffer(count: imageCount * target.input.count)
    room = AnswerRoom(target, count: imageCount)
    outputBuffer = AlignedBuffer(count: sampleCount * imageCount * classCount)
    outputGradientBuffer = AlignedBuffer(count: outputBuffer.count)
    scratch = AlignedBuffer(count: pool.threadCount * weightCount)
  }

  /// Overwrites ``outputs`` with what the networks `weights`, (local samples, D), say of ``images``.
  /// Local. Cost: samples * images forward passes.
  public func compute(_ weights: FloatView) {
    pool.forEachTeam(
      sampleCount,
      RunNetwork(
        engines: engines, weightCount: weightCount, imageCount: imageCount, classCount: classCount,
        weights: weights, images: images, outputs: outputs))
  }

  /// Adds to `gradient`, (local samples, D), ``outputGradients`` times d outputs / d weights. Local.
  /// Cost: samples * images forward and backward passes.
  public func addGradient(_ weights: FloatView, to gradient: FloatView) {
    pool.forEachTeam(
      sampleCount,
      AddNetworkGradient(
        engines: engines, weightCount: weightCount, classCount: classCount, weights: weights,
        images: images, outputs: outputs, outputGradients: outputGradients, scratch: scratch.view,
        gradient: gradient, outputCount: outputCount))
  }
}

private struct RunNetwork: TeamLoopBody {
  let engines: [TrainingEngine]
  let weightCount: Int
  let imageCount: Int
  let classCount: Int
  let weights: FloatView
  let images: FloatView
  let outputs: FloatView

  func callAsFunction(_ local: Int, _ slot: Int, _ team: Team) {
    let outputCount = imageCount * classCount
    let own = outputs.slice(local * outputCount, outputCount)
    engines[slot].logits(
      weights: weights.slice(local * weightCount, weightCount), images: images, into: own,
      team: team)
    engines[slot].architecture.loss.state(own, width: classCount, into: own)
  }
}

private struct AddNetworkGradient: TeamLoopBody {
  let engines: [TrainingEngine]
  let weightCount: Int
  let classCount: Int
  let weights: FloatView
  let images: FloatView
  let outputs: FloatView
  let outputGradients: FloatView
  let scratch: FloatView
  let gradient: FloatView
  let outputCount: Int

  func callAsFunction(_ local: Int, _ slot: Int, _ team: Team) {
    let logitGradient = outputGradients.slice(local * outputCount, outputCount)
    engines[slot].architecture.loss.backward(
      statements: outputs.slice(local * outputCount, outputCount), width: classCount,
      gradient: logitGradient)
    let own = scratch.slice(slot * weightCount, weightCount)
    engines[slot].gradientPass(
      weights: weights.slice(local * weightCount, weightCount), images: images,
      logitGradient: logitGradient, gradient: own, team: team)
    VectorMath.add(own, times: 1, to: gradient.slice(local * weightCount, weightCount))
  }
}
