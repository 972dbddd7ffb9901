// The loss against its formula and its differences.

import Glibc
import Numerics
import TargetNetworks
import TestSupport
import Testing

@Suite struct SoftmaxCrossEntropyTests {
  /// Rows behind the last label count for nothing.
  @Test(arguments: [1, 2, 10, 100], [0.3, 3, 30])
  func equalsTheFormula(classCount: Int, deviation: Double) {
    let (rows, labelled) = (12, 9)
    let x = TestData.normal(rows * classCount, deviation: deviation, stream: 1)
    let logits = SharedBuffer<Float>(count: x.count)
    logits.view.copy(from: x)
    let labels = SharedBuffer<ClassLabel>(count: labelled)
    for row in 0..<labelled { labels.view[row] = ClassLabel(row * 7 % classCount) }
    let gradient = SharedBuffer<Float>(count: x.count)
    gradient.view.fill(.nan)
    let found = SoftmaxCrossEntropy.evaluate(
      logits: logits.view, classCount: classCount, labels: labels.view, scale: 0.25,
      gradient: gradient.view)
    let probabilities = SharedBuffer<Float>(count: x.count)
    SoftmaxCrossEntropy.probabilities(
      logits: logits.view, classCount: classCount, into: probabilities.view)

    var (sum, correct) = (0.0, 0)
    for row in 0..<rows {
      let scores = Array(x[row * classCount..<(row + 1) * classCount])
      let largest = scores.max()!
      let total = scores.map { exp($0 - largest) }.reduce(0, +)
      let p = scores.map { exp($0 - largest) / total }
      let label = row < labelled ? Int(labels.view[row]) : nil
      for k in 0..<classCount {
        #expect(abs(Double(probabilities.view[row * classCount + k]) - p[k]) <= 1e-6)
        let expected = label == nil ? 0 : 0.25 * (p[k] - (k == label ? 1 : 0))
        #expect(abs(Double(gradient.view[row * classCount + k]) - expected) <= 3e-7)
      }
      guard let label else { continue }
      let loss = largest - scores[label] + log(total)
      sum += loss
      correct += scores.firstIndex(of: largest) == label ? 1 : 0
      let row = logits.view.slice(row * classCount, classCount)
      #expect(
        abs(SoftmaxCrossEntropy.crossEntropy(logits: row, label: label) - loss)
          <= 1e-6 * max(1, loss))
    }
    #expect(abs(found.crossEntropySum - sum) <= 1e-6 * max(1, sum))
    #expect(found.correctCount == correct)
  }

  @Test func largeLogitsAreStable() {
    let logits = SharedBuffer<Float>(count: 6)
    logits.view.copy(from: [3e4, 0, -3e4, -1e30, 1e30, 0] as [Float])
    let labels = SharedBuffer<ClassLabel>(count: 2)
    labels.view.copy(from: [1, 1])
    let gradient = SharedBuffer<Float>(count: 6)
    let found = SoftmaxCrossEntropy.evaluate(
      logits: logits.view, classCount: 3, labels: labels.view, scale: 1, gradient: gradient.view)
    #expect(found.crossEntropySum == 3e4)
    #expect(found.correctCount == 1)
    #expect(gradient.view.array == [1, -1, 0, 0, 0, 0])
    SoftmaxCrossEntropy.probabilities(logits: logits.view, classCount: 3, into: logits.view)
    #expect(logits.view.array == [1, 0, 0, 0, 1, 0])
  }
}
