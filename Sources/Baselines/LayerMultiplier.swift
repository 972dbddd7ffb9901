// The random factors on a layer's means.

import Configurations
import Glibc
import Numerics

/// z (D) = flow(z0), z0 ~ N(a, exp(v)); and the tensors of r(z | W), the model of z that the bound's other side needs (Louizos and Welling 2017).
struct LayerMultiplier: Sendable {
  let size: Int
  /// a and v.
  let start: ParameterLayout.Entry
  let startSpread: ParameterLayout.Entry
  let flow: MaskedFlow
  private let hasSteps: Bool

  /// v at the beginning, but for noise of 1e-6: log 0.1.
  static let firstSpread: Float = -2.3025851

  init(_ name: String, size: Int, settings: FlowSettings, in layout: inout ParameterLayout) {
    self.size = size
    hasSteps = settings.steps > 0
    start = layout.append("\(name)/start", shape: [size])
    startSpread = layout.append("\(name)/start_spread", shape: [size])
    flow = MaskedFlow(
      "\(name)/flow", size: size, width: settings.width, stepCount: settings.steps, in: &layout)
  }

  var maskCount: Int { flow.maskCount }
  var traceCount: Int { flow.traceCount }

  /// a is normal with deviation sqrt(4 / D), around 1 where no flow follows.
  func initialize(_ values: FloatView, seed: UInt64) {
    let (start, spread) = (values.slice(start.range), values.slice(startSpread.range))
    CounterRandom(seed: seed, purpose: .memberInitialization, major: 1, minor: self.start.offset)
      .fillNormalFours(start)
    VectorMath.scale(start, by: (4 / Float(size)).squareRoot())
    if !hasSteps { for index in 0..<size { start[index] += 1 } }
    CounterRandom(seed: seed, purpose: .memberInitialization, major: 1, minor: startSpread.offset)
      .fillNormalFours(spread)
    for index in 0..<size { spread[index] = Self.firstSpread + 1e-6 * spread[index] }
    flow.initialize(values, seed: seed)
  }

  /// Overwrites `z` with flow(a + exp(v / 2) o `noise`); returns as ``MaskedFlow/forward(_:masks:_:trace:measured:)``.
  func fill(
    _ z: FloatView, noise: FloatView, masks: FloatView, _ values: FloatView, trace: FloatView,
    measured: Bool
  ) -> Double {
    let (start, spread) = (values.slice(start.range), values.slice(startSpread.range))
    for index in 0..<size { z[index] = start[index] + exp(spread[index] / 2) * noise[index] }
    return flow.forward(z, masks: masks, values, trace: trace, measured: measured)
  }

  /// Overwrites the tensors in `gradient`, of a loss whose gradient with respect to z is `zGradient`, which is overwritten.
  func backward(
    _ zGradient: FloatView, determinant: Float, noise: FloatView, masks: FloatView,
    _ values: FloatView, trace: FloatView, into gradient: FloatView
  ) {
    flow.backward(
      zGradient, determinant: determinant, masks: masks, values, trace: trace, into: gradient)
    let spread = values.slice(startSpread.range)
    let spreadGradient = gradient.slice(startSpread.range)
    gradient.slice(start.range).copy(from: zGradient)
    for index in 0..<size {
      spreadGradient[index] = zGradient[index] * noise[index] * exp(spread[index] / 2) / 2
    }
  }
}
