// What all networks of a step say of the same images, and the way back from there to the weights.

import Host
import Kernels
import Numerics
import TargetNetworks

/// The outputs of this rank's networks on shared probe images: each network's class probabilities,
/// image after image, as one vector.
///
/// Probabilities and not logits: what a network's symmetries change (a constant added to all logits)
/// is no diversity, and probabilities are bounded, so that scaling up the logits is none without end
/// either. Every network is computed by one thread with fixed shapes.
public final class ProbeOutputs: @unchecked Sendable {
  public let imageCount: Int
  public let classCount: Int
  /// Elements of one network's outputs.
  public var outputCount: Int { imageCount * classCount }
  /// (images, channel, row, column), to be filled for each step.
  public var images: FloatView { imageBuffer.view }
  /// One a probe image, to be filled for each step.
  public var labels: VectorView<UInt8> { labelBuffer.view }
  /// (local samples, images, classes), after ``compute(_:)``.
  public var outputs: FloatView { outputBuffer.view }
  /// dL / d outputs, of the same shape; scratch after ``addGradient(_:to:)``.
  public var outputGradients: FloatView { outputGradientBuffer.view }

  private let sampleCount: Int
  private let weightCount: Int
  private let pool: WorkerPool
  private let clock: PhaseClock
  private let engines: [TrainingEngine]
  private let imageBuffer: AlignedBuffer<Float>
  private let labelBuffer: AlignedBuffer<UInt8>
  private let outputBuffer: AlignedBuffer<Float>
  private let outputGradientBuffer: AlignedBuffer<Float>
  /// One weight gradient a thread.
  private let scratch: AlignedBuffer<Float>
  private var weights: FloatView
  private var gradient: FloatView

  /// `sampleCount` networks of this rank, whose activations are stored with `precision`.
  public init(
    target: TargetArchitecture, imageCount: Int, sampleCount: Int, precision: ElementType,
    pool: WorkerPool, clock: PhaseClock
  ) throws(KernelError) {
    self.imageCount = imageCount
    self.sampleCount = sampleCount
    self.pool = pool
    self.clock = clock
    classCount = target.classCount
    weightCount = target.weightCount
    var engines: [TrainingEngine] = []
    for _ in 0..<pool.threadCount {
      engines.append(
        try TrainingEngine(
          architecture: target, imageCount: imageCount, activations: precision))
    }
    self.engines = engines
    imageBuffer = AlignedBuffer(count: imageCount * target.input.count)
    labelBuffer = AlignedBuffer(count: imageCount)
    outputBuffer = AlignedBuffer(count: sampleCount * imageCount * classCount)
    outputGradientBuffer = AlignedBuffer(count: outputBuffer.count)
    scratch = AlignedBuffer(count: pool.threadCount * weightCount)
    weights = scratch.view
    gradient = scratch.view
  }

  /// Overwrites ``outputs`` with what the networks `weights`, (local samples, D), say of ``images``.
  /// Local. Cost: samples * images forward passes.
  public func compute(_ weights: FloatView) {
    self.weights = weights
    pool.forEach(sampleCount, computeTask)
    clock.mark(.diversity)
  }

  private lazy var computeTask: WorkerPool.Body = { [unowned self] local, thread in
    let own = row(outputs, local)
    engines[thread].logits(
      weights: weights.slice(local * weightCount, weightCount), images: images, into: own)
    SoftmaxCrossEntropy.probabilities(logits: own, classCount: classCount, into: own)
  }

  /// Adds to `gradient`, (local samples, D), ``outputGradients`` times d outputs / d weights. Local.
  /// Cost: samples * images forward and backward passes.
  public func addGradient(_ weights: FloatView, to gradient: FloatView) {
    self.weights = weights
    self.gradient = gradient
    pool.forEach(sampleCount, gradientTask)
    clock.mark(.diversity)
  }

  private lazy var gradientTask: WorkerPool.Body = { [unowned self] local, thread in
    let logitGradient = row(outputGradients, local)
    SoftmaxCrossEntropy.backward(
      probabilities: row(outputs, local), classCount: classCount, gradient: logitGradient)
    let own = scratch.view.slice(thread * weightCount, weightCount)
    engines[thread].gradientPass(
      weights: weights.slice(local * weightCount, weightCount), images: images,
      logitGradient: logitGradient, gradient: own)
    VectorMath.add(own, times: 1, to: gradient.slice(local * weightCount, weightCount))
  }

  private func row(_ matrix: FloatView, _ local: Int) -> FloatView {
    matrix.slice(local * outputCount, outputCount)
  }
}
