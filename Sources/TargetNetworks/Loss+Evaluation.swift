// Losses and their gradients.

import Glibc
import Numerics

extension Loss {
  /// The sum of the images' losses, and `scale` times its gradient.
  ///
  /// - Parameters:
  ///   - outputs: (images, width), read.
  ///   - width: outputs of an image.
  ///   - answers: read; images behind the last answer count for nothing and get a zero gradient.
  ///   - gradient: (images, width), overwritten.
  public func evaluate(
    _ outputs: FloatView, width: Int, answers: AnswerView, scale: Float, gradient: FloatView
  ) -> TargetResult {
    switch answers {
    case .classes(let labels):
      precondition(self == .crossEntropy, "Loss: \(self) of classes")
      let (sum, correct) = SoftmaxCrossEntropy.evaluate(
        logits: outputs, classCount: width, labels: labels, scale: scale, gradient: gradient)
      return TargetResult(lossSum: sum, correctCount: correct)
    case .numbers(let values, let targets):
      precondition(
        isRegression && outputCount(targets: targets) == width && gradient.count == outputs.count
          && values.count / targets * width <= outputs.count,
        "Loss: \(self) of \(values.count) numbers for \(targets) targets, \(outputs.count) outputs of \(width) and "
          + "\(gradient.count) gradients")
      let rows = Rows(
        outputs: outputs, width: width, values: values, targets: targets, gradient: gradient)
      let sum = rows.evaluate(self, scale: Double(scale))
      let answered = values.count / targets * width
      gradient.slice(answered, gradient.count - answered).fill(0)
      return TargetResult(lossSum: sum, correctCount: 0)
    }
  }

  /// Overwrites `statements` with what outputs say: class probabilities, or the normal distribution of each target, which its prediction and
  /// its deviation stand for, where networks give one.
  ///
  /// Euclidean distances between such pairs are the 2-Wasserstein distances of the distributions.
  ///
  /// - Parameters:
  ///   - outputs: (images, width), read.
  ///   - statements: (images, width); may be `outputs`.
  public func state(_ outputs: FloatView, width: Int, into statements: FloatView) {
    guard isRegression else {
      return SoftmaxCrossEntropy.probabilities(
        logits: outputs, classCount: width, into: statements)
    }
    if statements.baseAddress != outputs.baseAddress { statements.copy(from: outputs) }
    forEachVariance(width: width, of: statements.count) {
      statements[$0] = Float(Self.variance(statements[$0]).value.squareRoot())
    }
  }

  /// From the gradient with respect to statements to that with respect to outputs, in place.
  ///
  /// - Parameters:
  ///   - statements: as ``state(_:width:into:)`` left them, read.
  ///   - gradient: of the same shape, read and overwritten.
  public func backward(statements: FloatView, width: Int, gradient: FloatView) {
    guard isRegression else {
      return SoftmaxCrossEntropy.backward(
        probabilities: statements, classCount: width, gradient: gradient)
    }
    // With d = sqrt(v): d d / d s = (d v / d s) / (2 d), where d v / d s is v without its floor up to the tangent, and stays.
    forEachVariance(width: width, of: gradient.count) {
      let deviation = Double(statements[$0])
      let grown = min(deviation * deviation - Self.varianceFloor, exp(Self.largestExponent))
      let slope = grown / (2 * deviation)
      gradient[$0] = Float(Double(gradient[$0]) * slope)
    }
  }

  /// The loss of a target, and its derivative, where both are functions of the error f - y.
  package func ofError(_ error: Double) -> (loss: Double, slope: Double) {
    switch self {
    case .squaredError: return (error * error, 2 * error)
    case .huber(let threshold):
      let t = Double(threshold)
      return abs(error) <= t
        ? (error * error / 2, error) : (t * (abs(error) - t / 2), error < 0 ? -t : t)
    case .gaussian(.fixed(let deviation)):
      let variance = Double(deviation) * Double(deviation)
      return ((log(2 * .pi * variance) + error * error / variance) / 2, error / variance)
    case .crossEntropy, .gaussian:
      preconditionFailure("Loss: \(self) is no function of an error")
    }
  }

  /// The variance v whose logarithm an output s is, and dv/ds: v = exp(min(s, 20)) (1 + max(s - 20, 0)) + floor.
  static func variance(_ output: Float) -> (value: Double, slope: Double) {
    let (s, most) = (Double(output), largestExponent)
    let grown = exp(min(s, most))
    return (grown * (1 + max(s - most, 0)) + varianceFloor, grown)
  }

  /// Calls `body` with the places of all outputs that are logarithms of variances.
  private func forEachVariance(width: Int, of count: Int, _ body: (Int) -> Void) {
    guard givesVariances else { return }
    for row in stride(from: 0, to: count, by: width) {
      for place in row + width / 2..<row + width { body(place) }
    }
  }
}

/// Outputs and targets of a regression, and where gradients go.
private struct Rows {
  let outputs: FloatView
  let width: Int
  let values: FloatView
  let targets: Int
  let gradient: FloatView

  /// The sum of all losses; overwrites the gradients.
  func evaluate(_ loss: Loss, scale: Double) -> Double {
    if loss.givesVariances { return sumOfDensities(scale) }
    var sum = 0.0
    for index in 0..<values.count {
      let (own, slope) = loss.ofError(Double(outputs[index]) - Double(values[index]))
      sum += own
      gradient[index] = Float(scale * slope)
    }
    return sum
  }

  /// Where variances are outputs.
  private func sumOfDensities(_ scale: Double) -> Double {
    var sum = 0.0
    for row in 0..<values.count / targets {
      for target in 0..<targets {
        let (mean, spread) = (row * width + target, row * width + targets + target)
        let error = Double(outputs[mean]) - Double(values[row * targets + target])
        let (variance, slope) = Loss.variance(outputs[spread])
        let ratio = error * error / variance
        sum += (log(2 * .pi * variance) + ratio) / 2
        gradient[mean] = Float(scale * error / variance)
        gradient[spread] = Float(scale * (1 - ratio) / 2 * slope / variance)
      }
    }
    return sum
  }
}
