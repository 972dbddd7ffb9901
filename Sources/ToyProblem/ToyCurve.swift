// The toy problem's hypernetwork: from one number to a point of the plane.

import Glibc
import Numerics

/// A multilayer perceptron 1 - hidden - 2 with biases, tanh behind every layer but the last, no
/// normalization. Its values of z from -1 to 1 are a curve in the plane.
///
/// Parameters are single precision, all arithmetic is double precision.
public struct ToyCurve: Sendable {
  /// Input, hidden and output widths.
  public let widths: [Int]
  /// `layerK/weight` (out, in) and `layerK/bias` (out), K from 1 on.
  public let layout: ParameterLayout
  private let weights: [ParameterLayout.Entry]
  private let biases: [ParameterLayout.Entry]

  public init(hidden: [Int]) {
    widths = [1] + hidden + [2]
    var layout = ParameterLayout()
    var weights: [ParameterLayout.Entry] = []
    var biases: [ParameterLayout.Entry] = []
    for layer in 1..<widths.count {
      weights.append(
        layout.append("layer\(layer)/weight", shape: [widths[layer], widths[layer - 1]]))
      biases.append(layout.append("layer\(layer)/bias", shape: [widths[layer]]))
    }
    self.layout = layout
    self.weights = weights
    self.biases = biases
  }

  /// What a tanh layer's initial deviation is usually multiplied by (PyTorch's `calculate_gain`).
  static let gain: Float = 5 / 3

  /// Overwrites `parameters` with those of step 0: weights normal with deviation gain / sqrt(fan-in), biases
  /// 0. The paper does not say how it begins.
  public func initialize(_ parameters: FloatView, seed: UInt64) {
    parameters.fill(0)
    for (layer, entry) in weights.enumerated() {
      let values = parameters.slice(entry.range)
      CounterRandom(seed: seed, purpose: .initialization, major: layer).fillNormal(values)
      VectorMath.scale(values, by: Self.gain / Float(widths[layer]).squareRoot())
    }
  }

  /// Elements of the activations that ``point(_:parameters:activations:)`` keeps.
  public var activationCount: Int { widths.reduce(0, +) }

  /// The point of z. `activations` (activationCount) are overwritten, layer behind layer.
  public func point(_ z: Double, parameters: FloatView, activations: DoubleView) -> Point {
    activations[0] = z
    var input = 0
    for layer in weights.indices {
      let (count, width) = (widths[layer], widths[layer + 1])
      let output = input + count
      for unit in 0..<width {
        var sum = Double(parameters[biases[layer].offset + unit])
        for k in 0..<count {
          sum +=
            Double(parameters[weights[layer].offset + unit * count + k]) * activations[input + k]
        }
        activations[output + unit] = layer == weights.count - 1 ? sum : tanh(sum)
      }
      input = output
    }
    return Point(activations[input], activations[input + 1])
  }

  /// The point of z, by itself.
  public func point(_ z: Double, parameters: FloatView) -> Point {
    let activations = AlignedBuffer<Double>(count: activationCount)
    return point(z, parameters: parameters, activations: activations.view)
  }

  /// Overwrites `gradient` (parameters) with `slope` * d point / d parameters, from the activations of
  /// that point, which become scratch.
  public func backward(
    _ slope: Point, parameters: FloatView, activations: DoubleView, gradient: DoubleView
  ) {
    var output = activationCount - 2
    // From here on an output's place holds the gradient before its activation function.
    (activations[output], activations[output + 1]) = (slope.x, slope.y)
    for layer in weights.indices.reversed() {
      let (count, width) = (widths[layer], widths[layer + 1])
      let input = output - count
      let first = weights[layer].offset
      for unit in 0..<width {
        let g = activations[output + unit]
        gradient[biases[layer].offset + unit] = g
        for k in 0..<count {
          gradient[first + unit * count + k] = g * activations[input + k]
        }
      }
      guard layer > 0 else { return }
      for k in 0..<count {
        var sum = 0.0
        for unit in 0..<width {
          sum += Double(parameters[first + unit * count + k]) * activations[output + unit]
        }
        let value = activations[input + k]
        activations[input + k] = sum * (1 - value * value)
      }
      output = input
    }
  }
}
