// Normalizations of single networks.

import Numerics

extension HypernetworkParameters {
  /// What the normalization behind a layer makes of its running averages: views of `numbers`, overwritten, of as many as
  /// ``NormalizedFeatures/count(width:)`` says.
  package func runningFeatures(_ perceptron: Perceptron, behind layer: Int, in numbers: FloatView)
    -> NormalizedFeatures
  {
    let width = perceptron.widths[layer + 1]
    numbers.fill(0)
    let features = NormalizedFeatures(numbers, width: width)
    let epsilon = layout.architecture.normalizationEpsilon
    let variances = statistics.slice(perceptron.runningVariances[layer].range)
    let scales = values.slice(perceptron.scales[layer].range)
    features.means.slice(0, width).copy(
      from: statistics.slice(perceptron.runningMeans[layer].range))
    features.shifts.slice(0, width).copy(from: values.slice(perceptron.shifts[layer].range))
    for feature in 0..<width {
      features.inverses[feature] = 1 / (variances[feature] + epsilon).squareRoot()
      features.factors[feature] = scales[feature] * features.inverses[feature]
    }
    return features
  }
}
