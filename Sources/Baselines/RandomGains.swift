// Bayesian hypernetworks.

import Configurations
import Glibc
import Numerics
import Optimizers
import TargetNetworks

/// BHN (Krueger et al. 2017): every layer is weight-normalized, filter j has the kernel g_j v_j / |v_j| and the bias b_j, and only the gains g, of all filters of the network
/// together, are random:
///
///     g0 = e o (exp(w) + 0.001) + c,   g = flow(g0) (``CouplingFlow``),   e ~ N(0, 1)
///
/// A latent is e. The penalty is the divergence from N(0, 1 / precision), the entropy of e in place of a sample of it:
///
///     - log|det dg/de| + sum_j (precision g_j^2 - log precision - 1) / 2
public struct RandomGains: WeightModel {
  public let layout: ParameterLayout
  public let clipping: GradientClipping?
  private let layers: [Layer]
  private let spread: ParameterLayout.Entry
  private let center: ParameterLayout.Entry
  private let flow: CouplingFlow
  private let precision: Float
  /// D
  private let gainCount: Int

  private struct Layer {
    let block: TargetArchitecture.Block
    let direction: ParameterLayout.Entry
    let bias: ParameterLayout.Entry
    /// Among the gains.
    let gains: Range<Int>
  }

  /// Means of w and deviation of w and c at the beginning.
  private static let firstSpread: Float = -7
  private static let firstDeviation: Float = 0.01

  /// Of `target`, which has no normalizations of its own.
  public init(target: TargetArchitecture, settings: GainSettings) {
    precondition(!target.isNormalized, "RandomGains: a target network with normalizations")
    var layout = ParameterLayout()
    var count = 0
    layers = target.blocks.map { block in
      defer { count += block.filterCount }
      return Layer(
        block: block,
        direction: layout.append(
          "\(block.name)/direction", shape: [block.filterCount, block.kernelCount]),
        bias: layout.append("\(block.name)/bias", shape: [block.filterCount]),
        gains: count..<count + block.filterCount)
    }
    gainCount = count
    spread = layout.append("gains/spread", shape: [count])
    center = layout.append("gains/center", shape: [count])
    flow = CouplingFlow(
      size: count, width: settings.width, layerCount: settings.couplings, in: &layout)
    self.layout = layout
    precision = settings.priorPrecision
    clipping = GradientClipping(norm: settings.gradientNorm, limit: settings.gradientLimit)
  }

  public var generatingCount: Int { layout.count }
  public var latentSize: Int { gainCount }
  public var penaltyNoiseSize: Int { gainCount }
  /// Gains with their gradient, and what the flow needs.
  public var scratchCount: Int { 2 * gainCount + flow.traceCount }
  public var flopsPerNetwork: Double { flow.flops }
  public var flopsPerPenalty: Double { flow.flops }

  /// Directions are normal with variance 2 / fan-in; gains are yet to be fitted to images: see ``fit(_:mean:variance:)``.
  public func initialize(_ values: FloatView, seed: UInt64) {
    func fill(_ entry: ParameterLayout.Entry, deviation: Float) {
      CounterRandom(seed: seed, purpose: .memberInitialization, major: 1, minor: entry.offset)
        .fillNormalFours(values.slice(entry.range))
      VectorMath.scale(values.slice(entry.range), by: deviation)
    }
    for layer in layers {
      fill(
        layer.direction,
        deviation: (layer.block.activationGain / Float(layer.block.kernelCount)).squareRoot())
      values.slice(layer.bias.range).fill(0)
    }
    fill(spread, deviation: Self.firstDeviation)
    for index in spread.range { values[index] += Self.firstSpread }
    fill(center, deviation: Self.firstDeviation)
    for index in center.range { values[index] += 1 }
    flow.initialize(values, seed: seed)
  }

  public func fillLatent(_ latent: FloatView, _ random: CounterRandom) {
    random.fillNormalFours(latent)
  }

  public func fillPenaltyNoise(_ noise: FloatView, _ random: CounterRandom) {
    random.fillNormalFours(noise)
  }

  /// Overwrites gains' room in `scratch` with those of `noise`; returns the logarithm of the determinant.
  private func fillGains(_ noise: FloatView, _ values: FloatView, scratch: FloatView) -> Double {
    let gains = scratch.slice(0, gainCount)
    let (spread, center) = (values.slice(spread.range), values.slice(center.range))
    var determinant = 0.0
    for index in 0..<gainCount {
      let deviation = exp(spread[index]) + CouplingFlow.leastScale
      determinant += log(Double(deviation))
      gains[index] = noise[index] * deviation + center[index]
    }
    return determinant + flow.forward(gains, values, trace: scratch.dropFirst(2 * gainCount))
  }

  /// Overwrites the gradient of everything that makes gains, of a loss whose gradient with respect to them is in `scratch`.
  private func backward(
    determinant: Float, noise: FloatView, _ values: FloatView, scratch: FloatView,
    into gradient: FloatView
  ) {
    let gainGradient = scratch.slice(gainCount, gainCount)
    flow.backward(
      gainGradient, determinant: determinant, values, trace: scratch.dropFirst(2 * gainCount),
      into: gradient)
    gradient.slice(center.range).copy(from: gainGradient)
    let spreadGradient = gradient.slice(spread.range)
    for index in 0..<gainCount {
      let factor = exp(values[spread.offset + index])
      spreadGradient[index] =
        factor
        * (gainGradient[index] * noise[index] + determinant / (factor + CouplingFlow.leastScale))
    }
  }

  public func generate(
    _ weights: FloatView, from latent: FloatView, _ values: FloatView, scratch: FloatView
  ) {
    _ = fillGains(latent, values, scratch: scratch)
    for layer in layers {
      let count = layer.block.kernelCount
      for filter in 0..<layer.block.filterCount {
        let direction = values.slice(layer.direction.offset + filter * count, count)
        let own = weights.slice(
          layer.block.offset + filter * layer.block.filterSize, layer.block.filterSize)
        let length = VectorMath.sumOfSquares(direction).squareRoot()
        VectorMath.set(
          own.slice(0, count), to: direction,
          times: scratch[layer.gains.lowerBound + filter] / length)
        own[count] = values[layer.bias.offset + filter]
      }
    }
  }

  public func backward(
    _ weightGradient: FloatView, latent: FloatView, _ values: FloatView, scratch: FloatView,
    into gradient: FloatView
  ) {
    for layer in layers {
      let count = layer.block.kernelCount
      for filter in 0..<layer.block.filterCount {
        let place = layer.direction.offset + filter * count
        let (direction, slope) = (values.slice(place, count), gradient.slice(place, count))
        let own = weightGradient.slice(
          layer.block.offset + filter * layer.block.filterSize, layer.block.filterSize)
        let (gain, square) = (
          scratch[layer.gains.lowerBound + filter], VectorMath.sumOfSquares(direction)
        )
        let factor = 1 / square.squareRoot()
        let along = VectorMath.dot(own.slice(0, count), direction)
        scratch[gainCount + layer.gains.lowerBound + filter] = along * factor
        VectorMath.set(slope, to: own.slice(0, count), times: gain * factor)
        VectorMath.add(direction, times: -gain * factor * along / square, to: slope)
        gradient[layer.bias.offset + filter] = own[count]
      }
    }
    backward(determinant: 0, noise: latent, values, scratch: scratch, into: gradient)
  }

  public func penalty(
    _ noise: FloatView, _ values: FloatView, scratch: FloatView, into gradient: FloatView
  ) -> Double {
    let determinant = fillGains(noise, values, scratch: scratch)
    let gains = scratch.slice(0, gainCount)
    VectorMath.set(scratch.slice(gainCount, gainCount), to: gains, times: precision)
    for layer in layers {
      gradient.slice(layer.direction.range).fill(0)
      gradient.slice(layer.bias.range).fill(0)
    }
    backward(determinant: -1, noise: noise, values, scratch: scratch, into: gradient)
    let squares = Double(precision * VectorMath.sumOfSquares(gains))
    return (squares - Double(gainCount) * (log(Double(precision)) + 1)) / 2 - determinant
  }

  // MARK: Fitting to images

  /// A network whose every layer is followed by a normalization, which standardizes what the layer gives: fully connected ones are convolutions of the whole image. Its last layer has
  /// no other purpose than to be there.
  public static func standardized(_ target: TargetArchitecture) throws -> TargetArchitecture {
    var shape = target.input
    let layers = target.layers.enumerated().flatMap { index, layer -> [TargetLayer] in
      defer { shape = target.shapes[index] }
      switch layer {
      case .convolution: return [layer, .normalization]
      case .fullyConnected(let outputs):
        precondition(shape.height == shape.width, "RandomGains: an image of \(shape)")
        return [
          .convolution(filters: outputs, size: shape.height, stride: 1, padding: .valid),
          .normalization,
        ]
      default: return [layer]
      }
    }
    return try TargetArchitecture(
      input: target.input, layers: layers + [.fullyConnected(outputs: 1)])
  }

  /// Overwrites `weights` with those of the standardized network: directions of length 1, scales of 1 and no shifts.
  public func fillStandardized(
    _ weights: FloatView, _ network: TargetArchitecture, _ values: FloatView
  ) {
    weights.fill(0)
    for (layer, block) in zip(layers, network.blocks) {
      let count = layer.block.kernelCount
      for filter in 0..<block.filterCount {
        let direction = values.slice(layer.direction.offset + filter * count, count)
        let own = weights.slice(block.offset + filter * block.filterSize, block.filterSize)
        VectorMath.set(
          own.slice(0, count), to: direction,
          times: 1 / VectorMath.sumOfSquares(direction).squareRoot())
        own[count] = 1
      }
    }
  }

  /// Sets c to 1 / deviation and b to - mean / deviation of what the standardized network's layers give (`statistics` are that network's), so that every layer's
  /// outputs begin with mean 0 and variance 1.
  public func fit(_ values: FloatView, _ network: TargetArchitecture, statistics: FloatView) {
    for (layer, block) in zip(layers, network.blocks) {
      for filter in 0..<block.filterCount {
        let mean = statistics[block.statisticOffset + filter]
        let variance = statistics[block.statisticOffset + block.filterCount + filter]
        let factor = 1 / (variance + Self.leastVariance).squareRoot()
        values[center.offset + layer.gains.lowerBound + filter] = factor
        values[layer.bias.offset + filter] = -mean * factor
      }
    }
  }

  /// Of a normalization: what is added to variances.
  private static let leastVariance: Float = 1e-5
}
