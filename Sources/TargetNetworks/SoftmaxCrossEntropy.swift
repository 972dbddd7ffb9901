// The loss of a classifier, and the probabilities behind it.

import Glibc
import Numerics

/// Softmax and cross-entropy (natural logarithm) of rows of logits, each shifted by its maximum so
/// that nothing overflows.
public enum SoftmaxCrossEntropy {
  /// p[k] = exp(x[k]) / sum over j of exp(x[j]), row by row.
  ///
  /// - Parameters:
  ///   - logits: (rows, classCount), read.
  ///   - probabilities: (rows, classCount), overwritten; may be `logits`.
  public static func probabilities(
    logits: FloatView, classCount: Int, into probabilities: FloatView
  ) {
    precondition(
      logits.count == probabilities.count && logits.count % classCount == 0,
      "SoftmaxCrossEntropy: \(logits.count) logits of \(classCount) classes into "
        + "\(probabilities.count)")
    for row in 0..<logits.count / classCount {
      exponentials(
        logits.slice(row * classCount, classCount),
        into: probabilities.slice(row * classCount, classCount))
    }
  }

  /// From probabilities' gradient to logits': g[k] = p[k] * (g[k] - sum over j of p[j] g[j]), row by row.
  ///
  /// - Parameters:
  ///   - probabilities: (rows, classCount), read.
  ///   - gradient: (rows, classCount), read and overwritten.
  public static func backward(
    probabilities: FloatView, classCount: Int, gradient: FloatView
  ) {
    precondition(
      probabilities.count == gradient.count && gradient.count % classCount == 0,
      "SoftmaxCrossEntropy: \(probabilities.count) probabilities of \(classCount) classes, "
        + "\(gradient.count) gradients")
    for row in 0..<gradient.count / classCount {
      let p = probabilities.slice(row * classCount, classCount)
      let g = gradient.slice(row * classCount, classCount)
      let mean = VectorMath.dot(p, g)
      for index in 0..<classCount { g[index] = p[index] * (g[index] - mean) }
    }
  }

  /// -log p[label] of one row of logits, read.
  public static func crossEntropy(logits: FloatView, label: Int) -> Double {
    var largest = logits[0]
    for index in 1..<logits.count { largest = max(largest, logits[index]) }
    var sum = 0.0
    for index in 0..<logits.count { sum += Double(expf(logits[index] - largest)) }
    return log(sum) - Double(logits[label] - largest)
  }

  /// Cross-entropies' sum and gradient: g[n,k] = scale * (p[n,k] - (k = label[n] ? 1 : 0)).
  ///
  /// - Parameters:
  ///   - logits: (rows, classCount), read.
  ///   - labels: read; rows behind the last label count for nothing and get a zero gradient.
  ///   - gradient: (rows, classCount), overwritten.
  /// - Returns: the sum over the labelled rows, and how many of them have the label's logit largest.
  public static func evaluate(
    logits: FloatView, classCount: Int, labels: VectorView<ClassLabel>, scale: Float,
    gradient: FloatView
  ) -> (crossEntropySum: Double, correctCount: Int) {
    precondition(
      logits.count == gradient.count && labels.count * classCount <= logits.count,
      "SoftmaxCrossEntropy: \(labels.count) labels of \(classCount) classes for \(logits.count) "
        + "logits and a gradient of \(gradient.count)")
    var crossEntropySum = 0.0
    var correctCount = 0
    for row in 0..<labels.count {
      let x = logits.slice(row * classCount, classCount)
      let g = gradient.slice(row * classCount, classCount)
      let label = Int(labels[row])
      precondition(label < classCount, "label \(label) of \(classCount) classes")
      let best = Statistics.argmax(x)
      if best == label { correctCount += 1 }
      let sum = exponentials(x, into: g)
      crossEntropySum += log(sum) - Double(x[label] - x[best])
      for index in 0..<classCount { g[index] *= scale }
      g[label] -= scale
    }
    let labelled = labels.count * classCount
    gradient.slice(labelled, gradient.count - labelled).fill(0)
    return (crossEntropySum, correctCount)
  }

  /// Overwrites `target` (which may be `logits`) with softmax; returns sum of exp(x - max x).
  @discardableResult
  private static func exponentials(_ logits: FloatView, into target: FloatView) -> Double {
    let largest = logits[Statistics.argmax(logits)]
    var sum = 0.0
    for index in 0..<logits.count {
      let value = expf(logits[index] - largest)
      target[index] = value
      sum += Double(value)
    }
    let inverse = Float(1 / sum)
    for index in 0..<target.count { target[index] *= inverse }
    return sum
  }
}
