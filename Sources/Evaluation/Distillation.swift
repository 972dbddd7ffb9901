// One network out of many: the mean of generated weights.

import Datasets
import Numerics

/// Polyak-Ruppert averaging with ancestral samples in place of a trajectory's iterates (Deutsch, Nijkamp, Yang
/// 2019, section 4.4): theta = (1/N) sum_n G(z_n), the weights being those after gauge fixing.
public struct Distillation: Sendable {
  private let evaluator: EnsembleEvaluator

  public init(_ evaluator: EnsembleEvaluator) { self.evaluator = evaluator }

  /// Overwrites `weights` (D) with the mean of a request's networks, the same bits on any number of ranks:
  /// added up are whole multiples of a power of 2 that leaves room for N of the largest weight, at least 2^-41
  /// of it for up to 2^20 networks. Throws where a weight is not finite. Collective. Cost: each network
  /// generated twice, one sum of D whole numbers over the ranks. Memory: 8 D bytes a thread, and once more.
  public func average(_ request: EvaluationRequest, into weights: FloatView) throws {
    let largest = try largestMagnitude(request)
    var bits = 0
    while 1 << bits < request.networkCount { bits += 1 }
    // N * largest < 2^(bits + exponent + 1) is to stay below 2^62 units.
    let exponent = largest > 0 ? Int(largest.exponent) : 0
    let scale = Double(sign: .plus, exponent: 61 - bits - exponent, significand: 1)
    let size = weights.count
    let threadSums = (0..<evaluator.pool.threadCount).map { _ in SharedBuffer<Int64>(count: size) }
    evaluator.forEachOwn(request) { _, thread, theta in
      let sums = threadSums[thread].view
      for index in 0..<size { sums[index] += Int64((Double(theta[index]) * scale).rounded()) }
    }
    let sums = AlignedBuffer<Int64>(count: size)
    for own in threadSums {
      for index in 0..<size { sums[index] += own.view[index] }
    }
    try evaluator.communicator.sum(sums.view)
    let divisor = scale * Double(request.networkCount)
    for index in 0..<size { weights[index] = Float(Double(sums[index]) / divisor) }
  }

  /// The largest |weight| of all networks of a request. Throws where one is not finite. Collective.
  private func largestMagnitude(_ request: EvaluationRequest) throws -> Float {
    // Positive floats are in the order of their bit patterns, infinity and NaN behind all others.
    let largest = (0..<evaluator.pool.threadCount).map { _ in SharedBuffer<UInt32>(count: 1) }
    evaluator.forEachOwn(request) { _, thread, theta in
      let own = largest[thread].view
      for index in 0..<theta.count { own[0] = max(own[0], abs(theta[index]).bitPattern) }
    }
    let bits = try evaluator.communicator.max(Int(largest.map { $0.view[0] }.max()!))
    let magnitude = Float(bitPattern: UInt32(bits))
    guard magnitude.isFinite else { throw EvaluationError.weightsNotFinite }
    return magnitude
  }

  /// Measures the averaged network and those it is made of on `images`. Collective.
  ///
  /// The averaged network is run as any other. Statistics of its own activations, where layers are
  /// normalized, so come from its own weights: a mean of the networks' statistics would be another network's.
  public func measure(_ weights: FloatView, _ request: EvaluationRequest, on images: LabeledImages)
    throws -> DistillationResult
  {
    let mean = SharedBuffer<Float>(count: weights.count)
    mean.view.copy(from: weights)
    var single = request
    single.networkCount = 1
    let distilled = try evaluator.run(single, on: images) { _, _, theta in
      theta.copy(from: mean.view)
    }
    let all = try evaluator.run(request, on: images) {
      evaluator.generate($0, request, thread: $1, into: $2)
    }
    let own = EnsembleResult(
      prediction: distilled.predictions[0], accuracies: distilled.accuracies,
      labels: distilled.labels)
    return DistillationResult(
      accuracy: own.meanAccuracy, nll: own.nll,
      networks: EnsembleResult(
        prediction: all.predictions[0], accuracies: all.accuracies, labels: all.labels))
  }
}
