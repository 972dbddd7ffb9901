// The geometry of a small network within a hypernetwork.

import Numerics

/// A multilayer perceptron's geometry and the places of its tensors.
///
/// Linear without bias, leaky ReLU, batch normalization on every layer but the last, which is linear. A
/// hidden layer behind another may add its input to its output.
public struct Perceptron: Sendable {
  /// Input width, hidden widths, output width.
  public let widths: [Int]
  /// Rows of this network's batch that come from one latent: 1, or the filters of target layers.
  public let rowsPerLatent: Int
  /// Whether each layer's input is added to its normalized output.
  public let skips: [Bool]
  /// Layer k's weight, (out, in), within the parameters.
  public let weights: [ParameterLayout.Entry]
  /// Normalization k's tensors: scale and shift within the parameters, averages within the statistics.
  public let scales: [ParameterLayout.Entry]
  public let shifts: [ParameterLayout.Entry]
  public let runningMeans: [ParameterLayout.Entry]
  public let runningVariances: [ParameterLayout.Entry]

  public var depth: Int { weights.count }
  public var inputWidth: Int { widths[0] }
  public var outputWidth: Int { widths[depth] }
  /// Width of the normalization behind a layer, 0 where there is none.
  func normalizedWidth(behind layer: Int) -> Int { layer < depth - 1 ? widths[layer + 1] : 0 }

  init(
    name: String, widths: [Int], rowsPerLatent: Int, skipConnections: Bool,
    parameters: inout ParameterLayout, statistics: inout ParameterLayout
  ) {
    self.widths = widths
    self.rowsPerLatent = rowsPerLatent
    skips = (0..<widths.count - 1).map { layer in
      skipConnections && layer > 0 && layer < widths.count - 2 && widths[layer] == widths[layer + 1]
    }
    var weights: [ParameterLayout.Entry] = []
    var scales: [ParameterLayout.Entry] = []
    var shifts: [ParameterLayout.Entry] = []
    var means: [ParameterLayout.Entry] = []
    var variances: [ParameterLayout.Entry] = []
    for layer in 1..<widths.count {
      let (input, output) = (widths[layer - 1], widths[layer])
      weights.append(parameters.append("\(name)/layer\(layer)/weight", shape: [output, input]))
      guard layer < widths.count - 1 else { break }
      let norm = "\(name)/norm\(layer)"
      scales.append(parameters.append("\(norm)/scale", shape: [output]))
      shifts.append(parameters.append("\(norm)/shift", shape: [output]))
      means.append(statistics.append("\(norm)/running_mean", shape: [output]))
      variances.append(statistics.append("\(norm)/running_variance", shape: [output]))
    }
    self.weights = weights
    self.scales = scales
    self.shifts = shifts
    runningMeans = means
    runningVariances = variances
  }
}
