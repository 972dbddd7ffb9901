// What the bound takes z to be, once the weights are known.

import Configurations
import Glibc
import Numerics

/// r(z | W) of a layer (Louizos and Welling 2017, as their code has it): y = flow(z), y ~ N(p u, exp(-q u)), u a number that a Gaussian of the weights
/// gives, c its direction. With mean weights R = z o M and deviations s (kernel and bias, filter by filter), e normal noise:
///
///     fully connected:  u = mean over filters o of tanh( sum_i c_i R_oi + sqrt(sum_i c_i^2 s_oi^2) e_o )
///     convolution:      u = mean over kernel elements p of ( sum_f c_f R_fp + sqrt(sum_f c_f^2 s_fp^2) e_p ), plus the same of the biases
struct ReverseModel: Sendable {
  let layer: FlowLayer
  let flow: MaskedFlow
  /// p, q and c.
  let mean: ParameterLayout.Entry
  let precision: ParameterLayout.Entry
  let direction: ParameterLayout.Entry

  init(_ name: String, layer: FlowLayer, settings: FlowSettings, in layout: inout ParameterLayout) {
    self.layer = layer
    let size = layer.multiplierCount
    mean = layout.append("\(name)/reverse/mean", shape: [size])
    precision = layout.append("\(name)/reverse/precision", shape: [size])
    direction = layout.append("\(name)/reverse/direction", shape: [size])
    flow = MaskedFlow(
      "\(name)/reverse/flow", size: size, width: settings.reverseWidth, stepCount: settings.steps,
      in: &layout)
  }

  /// Numbers of e.
  var noiseCount: Int { layer.isConvolution ? layer.filterSize : layer.filterCount }
  /// y with its gradient, sums with their variances, and the flow's trace.
  var scratchCount: Int { 2 * flow.size + 2 * noiseCount + flow.traceCount }

  func initialize(_ values: FloatView, seed: UInt64) {
    for vector in [mean, precision, direction] {
      CounterRandom(seed: seed, purpose: .memberInitialization, major: 1, minor: vector.offset)
        .fillNormalFours(values.slice(vector.range))
      VectorMath.scale(values.slice(vector.range), by: (4 / Float(flow.size)).squareRoot())
    }
    flow.initialize(values, seed: seed)
  }

  private struct Scratch {
    let y: FloatView
    let yGradient: FloatView
    let sums: FloatView
    let deviations: FloatView
    let trace: FloatView
  }

  private func cut(_ scratch: FloatView) -> Scratch {
    let (size, count) = (flow.size, noiseCount)
    return Scratch(
      y: scratch.slice(0, size), yGradient: scratch.slice(size, size),
      sums: scratch.slice(2 * size, count), deviations: scratch.slice(2 * size + count, count),
      trace: scratch.slice(2 * size + 2 * count, flow.traceCount))
  }

  /// The logarithm of r(z | W). Overwrites the model's tensors in `gradient` with the gradient of its negative, and adds that with respect to z to `zGradient`, with
  /// respect to R to `rowGradient` and with respect to the logarithms of s to `spreadGradient`.
  func logDensity(
    z: FloatView, rows: FloatView, deviations: FloatView, noise: FloatView, masks: FloatView,
    _ values: FloatView, scratch: FloatView, zGradient: FloatView, rowGradient: FloatView,
    spreadGradient: FloatView, into gradient: FloatView
  ) -> Double {
    let own = cut(scratch)
    own.y.copy(from: z)
    var density = flow.forward(own.y, masks: masks, values, trace: own.trace, measured: true)
    let c = values.slice(direction.range)
    let u = summary(c, rows, deviations, noise, own)
    let (p, q) = (values.slice(mean.range), values.slice(precision.range))
    let (meanGradient, precisionGradient) = (
      gradient.slice(mean.range), gradient.slice(precision.range)
    )
    var slope: Float = 0
    for index in 0..<flow.size {
      let logPrecision = q[index] * u
      let distance = own.y[index] - p[index] * u
      let pull = exp(logPrecision) * distance
      density += Double((logPrecision - pull * distance) / 2) - halfLogTwoPi
      let precisionSlope = (pull * distance - 1) / 2
      own.yGradient[index] = pull
      meanGradient[index] = -pull * u
      precisionGradient[index] = precisionSlope * u
      slope += precisionSlope * q[index] - pull * p[index]
    }
    addGradients(
      slope, c, rows, deviations, noise, own, rowGradient: rowGradient,
      spreadGradient: spreadGradient, directionGradient: gradient.slice(direction.range))
    flow.backward(
      own.yGradient, determinant: -1, masks: masks, values, trace: own.trace, into: gradient)
    VectorMath.add(own.yGradient, times: 1, to: zGradient)
    return density
  }

  /// u; leaves the sums and their deviations in `own`.
  private func summary(
    _ c: FloatView, _ rows: FloatView, _ deviations: FloatView, _ noise: FloatView, _ own: Scratch
  ) -> Float {
    own.sums.fill(0)
    own.deviations.fill(0)
    for filter in 0..<layer.filterCount {
      let row = layer.filterRow(rows, filter)
      let spread = layer.filterRow(deviations, filter)
      if layer.isConvolution {
        let factor = c[filter]
        VectorMath.add(row, times: factor, to: own.sums)
        for index in 0..<row.count {
          let part = factor * spread[index]
          own.deviations[index] += part * part
        }
      } else {
        own.sums[filter] = VectorMath.dot(c, row.slice(0, c.count))
        var variance = SIMD16<Float>.zero
        var index = 0
        while index + 16 <= c.count {
          let part = c.vector16(at: index) * spread.vector16(at: index)
          variance += part * part
          index += 16
        }
        var sum = VectorMath.sum(variance)
        while index < c.count {
          let part = c[index] * spread[index]
          sum += part * part
          index += 1
        }
        own.deviations[filter] = sum
      }
    }
    var u: Float = 0
    for index in 0..<noiseCount {
      own.deviations[index] = own.deviations[index].squareRoot()
      let sum = own.sums[index] + own.deviations[index] * noise[index]
      // What the way back needs: the value behind tanh.
      own.sums[index] = layer.isConvolution ? sum : tanh(sum)
      u += share(index) * own.sums[index]
    }
    return u
  }

  /// What u has of a sum.
  private func share(_ index: Int) -> Float {
    guard layer.isConvolution else { return 1 / Float(layer.filterCount) }
    return index < layer.kernelCount ? 1 / Float(layer.kernelCount) : 1
  }

  private func addGradients(
    _ slope: Float, _ c: FloatView, _ rows: FloatView, _ deviations: FloatView, _ noise: FloatView,
    _ own: Scratch, rowGradient: FloatView, spreadGradient: FloatView, directionGradient: FloatView
  ) {
    // From here on `sums` has the derivatives by the sums, `deviations` those by half the variances.
    for index in 0..<noiseCount {
      let value = own.sums[index]
      let bend = layer.isConvolution ? 1 : 1 - value * value
      own.sums[index] = slope * share(index) * bend
      let deviation = own.deviations[index]
      own.deviations[index] = deviation > 0 ? own.sums[index] * noise[index] / deviation : 0
    }
    directionGradient.fill(0)
    for filter in 0..<layer.filterCount {
      let row = layer.filterRow(rows, filter)
      let spread = layer.filterRow(deviations, filter)
      let rowSlope = layer.filterRow(rowGradient, filter)
      let spreadSlope = layer.filterRow(spreadGradient, filter)
      if layer.isConvolution {
        let factor = c[filter]
        VectorMath.add(own.sums, times: factor, to: rowSlope)
        var sum = VectorMath.dot(own.sums, row)
        for index in 0..<row.count {
          let part = own.deviations[index] * spread[index] * spread[index] * factor
          spreadSlope[index] += part * factor
          sum += part
        }
        directionGradient[filter] = sum
      } else {
        let (first, second) = (own.sums[filter], own.deviations[filter])
        for index in 0..<c.count {
          let part = second * spread[index] * spread[index] * c[index]
          rowSlope[index] += first * c[index]
          spreadSlope[index] += part * c[index]
          directionGradient[index] += first * row[index] + part
        }
      }
    }
  }
}

private let halfLogTwoPi = 0.5 * log(2 * Double.pi)
