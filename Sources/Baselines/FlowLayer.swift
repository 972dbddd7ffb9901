// A layer whose weights are normal numbers around means times random factors.

import Configurations
import Glibc
import Numerics
import TargetNetworks

/// The weights of one layer (Louizos and Welling 2017, as their code has it). With z, one number for each filter of a convolution or for each input
/// of a fully connected layer (``LayerMultiplier``):
///
///     W ~ N(z o M, exp(2 S)),   b ~ N(z o m, exp(v)) in a convolution, N(m, exp(v)) in a fully connected layer
///
/// M with m, and S with v, are laid out as the layer's weights: filter by filter, kernel and then bias. Deviations of networks are cut off at
/// `deviationLimit`; the divergence takes them as they are.
struct FlowLayer: Sendable {
  /// What the multipliers act on, and how they are made; nil: they are 1, and the weights independent normal numbers.
  let multiplier: LayerMultiplier?
  let mean: ParameterLayout.Entry
  let spread: ParameterLayout.Entry
  let filterCount: Int
  let filterSize: Int
  /// Where the layer lies in a weight vector.
  let range: Range<Int>
  let isConvolution: Bool
  private let deviationLimit: Float
  /// Of the initial kernel.
  private let initialDeviation: Float

  /// S and v at the beginning, but for noise of 1e-6.
  static let firstSpread: Float = -9

  /// Appends the layer's tensors to `layout`, those that networks are made of.
  init(
    _ block: TargetArchitecture.Block, isConvolution: Bool, settings: FlowSettings,
    in layout: inout ParameterLayout
  ) {
    self.isConvolution = isConvolution
    filterCount = block.filterCount
    filterSize = block.filterSize
    range = block.range
    deviationLimit = settings.deviationLimit
    let shape = [block.filterCount, block.filterSize]
    mean = layout.append("\(block.name)/mean", shape: shape)
    spread = layout.append("\(block.name)/spread", shape: shape)
    // As the authors' code has it for a kernel (kH, kW, inputs, filters): inputs and outputs are kH and the rest.
    initialDeviation =
      (4
      / Float(
        isConvolution
          ? block.kernelShape[2] * block.kernelShape[0] * block.filterCount + block.kernelShape[1]
          : block.kernelCount + block.filterCount)).squareRoot()
    multiplier =
      settings.hasMultipliers
      ? LayerMultiplier(
        block.name, size: isConvolution ? block.filterCount : block.kernelCount,
        settings: settings, in: &layout) : nil
  }

  var kernelCount: Int { filterSize - 1 }
  /// Numbers of room: deviations, weights' gradients, z with its gradient, and what the multiplier needs.
  var scratchCount: Int { 2 * range.count + 2 * multiplierCount + (multiplier?.traceCount ?? 0) }
  /// D, or as many where z is 1.
  var multiplierCount: Int { isConvolution ? filterCount : kernelCount }

  /// Views of a thread's room.
  struct Scratch {
    let deviations: FloatView
    let rows: FloatView
    let z: FloatView
    let zGradient: FloatView
    let trace: FloatView
  }

  func cut(_ scratch: FloatView) -> Scratch {
    let (size, own) = (range.count, multiplierCount)
    return Scratch(
      deviations: scratch.slice(0, size), rows: scratch.slice(size, size),
      z: scratch.slice(2 * size, own), zGradient: scratch.slice(2 * size + own, own),
      trace: scratch.slice(2 * size + 2 * own, multiplier?.traceCount ?? 0))
  }

  func initialize(_ values: FloatView, seed: UInt64) {
    let (mean, spread) = (values.slice(mean.range), values.slice(spread.range))
    CounterRandom(seed: seed, purpose: .memberInitialization, major: 1, minor: self.mean.offset)
      .fillNormalFours(mean)
    VectorMath.scale(mean, by: initialDeviation)
    for filter in 0..<filterCount { mean[(filter + 1) * filterSize - 1] = 0 }
    CounterRandom(seed: seed, purpose: .memberInitialization, major: 1, minor: self.spread.offset)
      .fillNormalFours(spread)
    for index in 0..<spread.count { spread[index] = Self.firstSpread + 1e-6 * spread[index] }
    multiplier?.initialize(values, seed: seed)
  }

  /// Overwrites `deviations` with exp(S), and exp(v / 2) of biases.
  func fillDeviations(_ values: FloatView, _ deviations: FloatView) {
    deviations.copy(from: values.slice(spread.range))
    for filter in 0..<filterCount { deviations[(filter + 1) * filterSize - 1] *= 0.5 }
    VectorMath.exponentiate(deviations)
  }

  /// Overwrites `scratch.z` with 1, or what the multiplier makes of `noise` (D) and `masks`; returns the logarithm of the flow's determinant, where it
  /// is `measured`.
  @discardableResult
  func fillMultipliers(
    _ noise: FloatView, masks: FloatView, _ values: FloatView, _ scratch: Scratch, measured: Bool
  ) -> Double {
    guard let multiplier else {
      scratch.z.fill(1)
      return 0
    }
    return multiplier.fill(
      scratch.z, noise: noise, masks: masks, values, trace: scratch.trace, measured: measured)
  }

  /// Overwrites `rows` with z o `mean`.
  func multiply(_ mean: FloatView, by z: FloatView, into rows: FloatView) {
    for filter in 0..<filterCount {
      let (from, to) = (filterRow(mean, filter), filterRow(rows, filter))
      if isConvolution {
        VectorMath.set(to, to: from, times: z[filter])
      } else {
        for index in 0..<kernelCount { to[index] = z[index] * from[index] }
        to[kernelCount] = from[kernelCount]
      }
    }
  }

  /// Overwrites `meanGradient` with the gradient with respect to M of a loss whose gradient with respect to z o M is `rows`, and adds that with respect to
  /// z to `zGradient`.
  func backward(
    rows: FloatView, z: FloatView, mean: FloatView, addingTo zGradient: FloatView,
    meanGradient: FloatView
  ) {
    multiply(rows, by: z, into: meanGradient)
    for filter in 0..<filterCount {
      let (row, factors) = (filterRow(rows, filter), filterRow(mean, filter))
      if isConvolution {
        zGradient[filter] += VectorMath.dot(row, factors)
      } else {
        for index in 0..<kernelCount { zGradient[index] += row[index] * factors[index] }
      }
    }
  }

  func filterRow(_ values: FloatView, _ filter: Int) -> FloatView {
    values.slice(filter * filterSize, filterSize)
  }

  /// Overwrites `weights` (the layer's) with z o M + min(exp(S), limit) o `noise`.
  func generate(
    _ weights: FloatView, multiplierNoise: FloatView, noise: FloatView, masks: FloatView,
    _ values: FloatView, scratch: FloatView
  ) {
    let own = cut(scratch)
    fillMultipliers(multiplierNoise, masks: masks, values, own, measured: false)
    fillDeviations(values, own.deviations)
    multiply(values.slice(mean.range), by: own.z, into: weights)
    for index in 0..<weights.count {
      weights[index] += min(own.deviations[index], deviationLimit) * noise[index]
    }
  }

  /// Overwrites the layer's tensors in `gradient`, after ``generate(_:multiplierNoise:noise:masks:_:scratch:)``.
  func backward(
    _ weightGradient: FloatView, multiplierNoise: FloatView, noise: FloatView, masks: FloatView,
    _ values: FloatView, scratch: FloatView, into gradient: FloatView
  ) {
    let own = cut(scratch)
    own.zGradient.fill(0)
    backward(
      rows: weightGradient, z: own.z, mean: values.slice(mean.range), addingTo: own.zGradient,
      meanGradient: gradient.slice(mean.range))
    let spreadGradient = gradient.slice(spread.range)
    for index in 0..<spreadGradient.count {
      let deviation = own.deviations[index]
      spreadGradient[index] =
        deviation < deviationLimit ? weightGradient[index] * noise[index] * deviation : 0
    }
    halveBiases(spreadGradient)
    multiplier?.backward(
      own.zGradient, determinant: 0, noise: multiplierNoise, masks: masks, values,
      trace: own.trace, into: gradient)
  }

  /// A bias' v is twice the logarithm of its deviation.
  func halveBiases(_ gradient: FloatView) {
    for filter in 0..<filterCount { gradient[(filter + 1) * filterSize - 1] *= 0.5 }
  }
}
