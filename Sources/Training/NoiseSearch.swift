// How much noise brings networks to a given accuracy.

import Baselines
import Evaluation
import Numerics

/// Seeks the size of the noise at which noisy networks have a mean accuracy on validation images, by bisection of its logarithm
/// between 0.001 and 1 of each filter's root mean square: sizes found are within 0.2 % of each other.
struct NoiseSearch {
  /// Networks that are measured at each size.
  static let networks = 20
  static let steps = 12
  static let range = 0.001...1.0

  let noisy: NoisyNetworks
  let validation: TrainingSubject.Validation

  /// Sets the size of the noise. Collective.
  func run(accuracy: Double) throws {
    let least = try self.accuracy(at: Float(Self.range.lowerBound))
    guard least >= accuracy else {
      throw TrainingError(
        description:
          "baseline.targetAccuracy \(accuracy): without noise to speak of the mean accuracy on "
          + "validation images is \(least); take a lower one", isMetByAllRanks: true)
    }
    var (low, high) = (Self.range.lowerBound, Self.range.upperBound)
    for _ in 0..<Self.steps {
      let middle = (low * high).squareRoot()
      if try self.accuracy(at: Float(middle)) >= accuracy { low = middle } else { high = middle }
    }
    noisy.noise = Float((low * high).squareRoot())
  }

  /// The mean accuracy of networks with this noise.
  private func accuracy(at noise: Float) throws -> Double {
    noisy.noise = noise
    let evaluator = validation.evaluator
    let count = min(Self.networks, evaluator.networks.networkCount ?? Self.networks)
    let request = EvaluationRequest(networkCount: count, seed: 0)
    let run = try evaluator.run(request, on: validation.images) {
      evaluator.generate($0, request, thread: $1, into: $2)
    }
    return Statistics.mean(run.accuracies)
  }
}
