// Temperatures of probabilities that are too sure by a known one.

import Evaluation
import Numerics
import Testing

@Suite struct TemperatureScalingTests {
  /// Probabilities that are too sure by a known temperature.
  @Test func temperatureIsFound() throws {
    // Of 10 images with probability 0.8 eight are right: nothing to scale. With sharpened probabilities
    // s^2 / (s^2 + (1-s)^2) the temperature is 2.
    let labels = (0..<10).map { ClassLabel($0 < 8 ? 0 : 1) }
    for (probability, expected) in [(0.8, 1.0), (0.64 / 0.68, 2.0)] {
      let probabilities = labels.flatMap { _ in [probability, 1 - probability] }
      let scaling = try #require(
        TemperatureScaling(fittedTo: probabilities, classCount: 2, labels: labels))
      #expect(abs(scaling.temperature - expected) <= 1e-9)
      let scaled = scaling.apply(to: probabilities, classCount: 2)
      #expect(abs(scaled[0] - 0.8) <= 1e-9 && abs(scaled[1] - 0.2) <= 1e-9)
    }
  }

  @Test func temperatureWithoutAMinimum() throws {
    func fit(_ p: [Double], _ labels: [ClassLabel]) -> Double? {
      TemperatureScaling(
        fittedTo: p.flatMap { [$0, 1 - $0] }, classCount: 2, labels: labels)?.temperature
    }
    #expect(fit([0.7, 0.8], [0, 0]) == 0.01)
    #expect(fit([0.7, 0.8], [1, 1]) == 100)
    #expect(fit([0.5, 0.5], [0, 1]) == 1)
    #expect(fit([], []) == nil)
  }

  /// The class with the largest probability stays, and rows sum to 1, at any temperature; at 1 nothing changes.
  @Test(arguments: [0.01, 0.3, 1, 7, 100])
  func scaledProbabilitiesAreProbabilities(temperature: Double) {
    let probabilities = [0.2, 0.5, 0.3, 0, 1, 0, 0.05, 0.05, 0.9]
    let scaled = TemperatureScaling(temperature: temperature)
      .apply(to: probabilities, classCount: 3)
    for row in 0..<3 {
      let (before, after) = (probabilities[row * 3..<row * 3 + 3], scaled[row * 3..<row * 3 + 3])
      #expect(abs(after.reduce(0, +) - 1) <= 1e-12)
      #expect(
        Array(before).firstIndex(of: before.max()!) == Array(after).firstIndex(of: after.max()!))
    }
    if temperature == 1 {
      for (before, after) in zip(probabilities, scaled) { #expect(abs(before - after) <= 1e-11) }
    }
  }

  @Test func probabilitiesThatAreNotNumbersEndTheSearch() {
    let scaling = TemperatureScaling(
      fittedTo: [.nan, 0.5, 0.4, 0.6], classCount: 2, labels: [0, 1])
    #expect(scaling != nil)
  }
}
