// How far a layer's distribution is from its prior.

import Glibc
import Numerics

extension FlowLayer {
  /// With the prior W, b ~ N(0, 1), from one z and one draw of the reverse model's noise:
  ///
  ///     KL(W, b | z) + log q(z) - log r(z | W),   KL(W, b | z) = sum [ -log s + (s^2 + R^2) / 2 - 1/2 ],   R = z o M
  ///     log q(z) = - sum (log 2 pi + v + 1) / 2 - log|det dz/dz0|         (the entropy of z0 in place of a sample of it)
  ///
  /// Overwrites the tensors of the layer and of `reverse` in `gradient` with the gradient. `penaltyScratch` is the reverse model's.
  func divergence(
    reverse: ReverseModel?, multiplierNoise: FloatView, masks: FloatView, reverseNoise: FloatView,
    reverseMasks: FloatView, _ values: FloatView, scratch: FloatView, penaltyScratch: FloatView,
    into gradient: FloatView
  ) -> Double {
    let own = cut(scratch)
    let determinant = fillMultipliers(
      multiplierNoise, masks: masks, values, own, measured: true)
    fillDeviations(values, own.deviations)
    let means = values.slice(mean.range)
    let (meanGradient, spreadGradient) = (gradient.slice(mean.range), gradient.slice(spread.range))
    multiply(means, by: own.z, into: own.rows)
    // The gradient with respect to R takes the place of M's until the last.
    var value = addNormalDivergence(values, own, meanGradient, spreadGradient)
    var reversed = 0.0
    own.zGradient.fill(0)
    if let reverse {
      reversed = reverse.logDensity(
        z: own.z, rows: own.rows, deviations: own.deviations, noise: reverseNoise,
        masks: reverseMasks, values, scratch: penaltyScratch, zGradient: own.zGradient,
        rowGradient: meanGradient, spreadGradient: spreadGradient, into: gradient)
    }
    halveBiases(spreadGradient)
    own.rows.copy(from: meanGradient)
    backward(
      rows: own.rows, z: own.z, mean: means, addingTo: own.zGradient, meanGradient: meanGradient)
    guard let multiplier else { return value }
    let spreads = values.slice(multiplier.startSpread.range)
    for index in 0..<multiplier.size {
      value -= Double(spreads[index] + 1) / 2 + 0.5 * log(2 * Double.pi)
    }
    value -= determinant + reversed
    multiplier.backward(
      own.zGradient, determinant: -1, noise: multiplierNoise, masks: masks, values,
      trace: own.trace, into: gradient)
    let startSpreadGradient = gradient.slice(multiplier.startSpread.range)
    for index in 0..<multiplier.size { startSpreadGradient[index] -= 0.5 }
    return value
  }

  /// KL(W, b | z); overwrites `rowGradient` with its gradient with respect to R, and `spreadGradient` with that with respect to log s.
  private func addNormalDivergence(
    _ values: FloatView, _ own: Scratch, _ rowGradient: FloatView, _ spreadGradient: FloatView
  ) -> Double {
    var sum = 0.0
    let spreads = values.slice(spread.range)
    for filter in 0..<filterCount {
      let (row, deviations) = (filterRow(own.rows, filter), filterRow(own.deviations, filter))
      let slope = filterRow(spreadGradient, filter)
      for index in 0..<filterSize { slope[index] = deviations[index] * deviations[index] - 1 }
      let squares = VectorMath.sumOfSquares(row) + VectorMath.sumOfSquares(deviations)
      var logarithms = 0.0
      let logs = filterRow(spreads, filter)
      for index in 0..<kernelCount { logarithms += Double(logs[index]) }
      logarithms += Double(logs[kernelCount]) / 2
      sum += Double(squares) / 2 - logarithms - Double(filterSize) / 2
    }
    rowGradient.copy(from: own.rows)
    return sum
  }
}
