// The accumulator against statistics computed plainly, network by network.

import Evaluation
import Glibc
import Numerics
import Testing

@Suite struct EnsembleAccumulatorTests {
  static let imageCount = 200
  static let classCount = 5
  static let networkCount = 12

  let labels: [ClassLabel]
  /// Of each network, images x classes.
  let probabilities: [[Float]]

  /// Networks that are right more often than not.
  init() {
    let (images, classes) = (Self.imageCount, Self.classCount)
    let labels = (0..<images).map { image in
      ClassLabel(CounterRandom(seed: 1, purpose: .test).integer(image, below: classes))
    }
    probabilities = (0..<Self.networkCount).map { network in
      let random = CounterRandom(seed: 2, purpose: .test, major: network)
      return (0..<images).flatMap { image in
        let scores = (0..<classes).map { index in
          exp(random.normal(image * classes + index) + (index == Int(labels[image]) ? 1 : 0))
        }
        let sum = scores.reduce(0, +)
        return scores.map { $0 / sum }
      }
    }
    self.labels = labels
  }

  func accumulate(_ networks: [Int]) -> EnsembleAccumulator {
    let accumulator = EnsembleAccumulator(
      imageCount: Self.imageCount, classCount: Self.classCount, networkCount: Self.networkCount)
    let buffer = AlignedBuffer<Float>(count: Self.imageCount * Self.classCount)
    for network in networks {
      buffer.view.copy(from: probabilities[network])
      accumulator.add(networkIndex: network, probabilities: buffer.view, labels: labels)
    }
    return accumulator
  }

  @Test func matchesPlainStatistics() throws {
    let result = try accumulate(Array(0..<Self.networkCount)).result(labels: labels)
    let (images, classes) = (Self.imageCount, Self.classCount)
    var correct = [Int](repeating: 0, count: Self.networkCount)
    var (majority, mean, confident) = (0, 0, 0)
    var (nll, brier) = (0.0, 0.0)
    var bins = [(correct: Double, confidence: Double)](repeating: (0, 0), count: 15)
    for image in 0..<images {
      let label = Int(labels[image])
      let rows = probabilities.map { $0[image * classes..<(image + 1) * classes].map(Double.init) }
      let predictions = rows.map { row in row.firstIndex(of: row.max()!)! }
      for network in 0..<rows.count where predictions[network] == label { correct[network] += 1 }
      let votes = (0..<classes).map { index in predictions.count { $0 == index } }
      if votes.firstIndex(of: votes.max()!)! == label { majority += 1 }
      let averages = (0..<classes).map { index in
        rows.reduce(0) { $0 + $1[index] } / Double(rows.count)
      }
      let prediction = averages.firstIndex(of: averages.max()!)!
      if prediction == label { mean += 1 }
      let heights = rows.map { $0.max()! }
      if predictions[heights.firstIndex(of: heights.max()!)!] == label { confident += 1 }
      nll -= log(averages[label])
      for index in 0..<classes { brier += pow(averages[index] - (index == label ? 1 : 0), 2) }
      let bin = Int(averages[prediction] * 15)
      bins[bin].correct += prediction == label ? 1 : 0
      bins[bin].confidence += averages[prediction]
    }
    let count = Double(images)
    #expect(result.samples == Self.networkCount)
    #expect(result.accuracies == correct.map { Double($0) / count })
    #expect(result.majorityAccuracy == Double(majority) / count)
    #expect(result.meanProbabilityAccuracy == Double(mean) / count)
    #expect(result.mostConfidentAccuracy == Double(confident) / count)
    #expect(abs(result.nll - nll / count) <= 1e-9)
    #expect(abs(result.brier - brier / count) <= 1e-9)
    let ece = bins.reduce(0) { $0 + abs($1.correct - $1.confidence) } / count
    #expect(abs(result.ece - ece) <= 1e-9)
    let average = Double(correct.reduce(0, +)) / count / Double(Self.networkCount)
    #expect(abs(result.meanAccuracy - average) <= 1e-12)
    #expect(result.minAccuracy == Double(correct.min()!) / count)
    #expect(result.maxAccuracy == Double(correct.max()!) / count)
    #expect(result.majorityAccuracy > result.meanAccuracy)
  }

  @Test(arguments: [[0, 12], [0, 1, 12], [0, 5, 7, 12]])
  func orderAndMergingDoNotMatter(bounds: [Int]) throws {
    let expected = try accumulate(Array(0..<Self.networkCount)).result(labels: labels)
    let whole = accumulate([])
    for (low, high) in zip(bounds, bounds.dropFirst()).reversed() {
      whole.merge(accumulate((low..<high).reversed()))
    }
    let result = try whole.result(labels: labels)
    #expect(result.accuracies == expected.accuracies)
    #expect(result.majorityAccuracy == expected.majorityAccuracy)
    #expect(result.meanProbabilityAccuracy == expected.meanProbabilityAccuracy)
    #expect(result.mostConfidentAccuracy == expected.mostConfidentAccuracy)
    #expect(
      [result.nll, result.brier, result.ece] == [expected.nll, expected.brier, expected.ece])
  }

  @Test func tiesGoToTheLowest() throws {
    let accumulator = EnsembleAccumulator(imageCount: 1, classCount: 3, networkCount: 2)
    let view = AlignedBuffer<Float>(count: 3)
    // Equally confident networks that disagree: one vote each, equal means.
    view.view.copy(from: [0, 0.25, 0.75])
    accumulator.add(networkIndex: 1, probabilities: view.view, labels: [1])
    view.view.copy(from: [0, 0.75, 0.25])
    accumulator.add(networkIndex: 0, probabilities: view.view, labels: [1])
    let result = try accumulator.result(labels: [1])
    #expect(result.majorityAccuracy == 1)
    #expect(result.meanProbabilityAccuracy == 1)
    #expect(result.mostConfidentAccuracy == 1)
    #expect(result.accuracies == [1, 0])
    #expect(abs(result.nll - log(2)) <= 1e-12)
  }

  @Test func certainErrorHasAFiniteScore() throws {
    let accumulator = EnsembleAccumulator(imageCount: 1, classCount: 2, networkCount: 1)
    let view = AlignedBuffer<Float>(count: 2)
    view.view.copy(from: [1, 0] as [Float])
    accumulator.add(networkIndex: 0, probabilities: view.view, labels: [1])
    let result = try accumulator.result(labels: [1])
    #expect(abs(result.nll + log(1e-12)) <= 1e-9)
    #expect(result.brier == 2)
    #expect(result.ece == 1)
  }

  @Test func histogramCountsAllNetworks() throws {
    let result = try accumulate(Array(0..<Self.networkCount)).result(labels: labels)
    let histogram = result.histogram(width: 0.02)
    #expect(histogram.reduce(0) { $0 + $1.count } == Self.networkCount)
    #expect(histogram[0].count > 0 && histogram[histogram.count - 1].count > 0)
  }

  /// Accuracies on the edge of a bin belong into it, though 0.29 / 0.01 is less than 29.
  @Test func histogramPutsEdgesIntoTheirBins() throws {
    var result = try accumulate([0]).result(labels: labels)
    result.accuracies = (0...100).map { Double($0) / 100 }
    #expect(result.histogram(width: 0.01).map(\.count) == [Int](repeating: 1, count: 101))
    #expect(result.histogram(width: 0.05).map(\.count) == [Int](repeating: 5, count: 20) + [1])
  }

  @Test func jsonHasTheContractsKeys() throws {
    let json = "\(try accumulate(Array(0..<Self.networkCount)).result(labels: labels).json)"
    for key in [
      "samples", "images", "mean_accuracy", "std_accuracy", "min_accuracy", "max_accuracy",
      "accuracies", "majority_accuracy", "mean_probability_accuracy", "most_confident_accuracy",
      "nll", "brier", "ece", "entropy",
    ] {
      #expect(json.contains("\"\(key)\""))
    }
  }

  @Test func probabilitiesThatAreNotFiniteAreAnError() throws {
    let accumulator = accumulate([0, 1])
    let buffer = AlignedBuffer<Float>(count: Self.imageCount * Self.classCount)
    buffer.view.copy(from: probabilities[2])
    buffer[7] = .nan
    accumulator.add(networkIndex: 2, probabilities: buffer.view, labels: labels)
    #expect(throws: EvaluationError.self) { try accumulator.result(labels: labels) }
  }
}
