// Invertible changes of a vector: RealNVP steps with random masks and gates.

import Glibc
import Numerics

/// K steps over z (D), each with a mask m of zeros and ones of its own (Dinh et al. 2017, as Louizos and Welling 2017 use it):
///
///     h = tanh((m o z) A + a),   mu = h B + b,   g = sigmoid(h C + c)
///     z' = m o z + (1 - m) o (g o z + (1 - g) o mu),   log|det dz'/dz| = sum (1 - m) log g
///
/// A, B and C are stored as (H, D).
struct MaskedFlow: Sendable {
  struct Step: Sendable {
    let hidden: ParameterLayout.Entry
    let hiddenBias: ParameterLayout.Entry
    let shift: ParameterLayout.Entry
    let shiftBias: ParameterLayout.Entry
    let gate: ParameterLayout.Entry
    let gateBias: ParameterLayout.Entry

    /// H x D numbers and D numbers are drawn with these deviations; biases of gates begin at 2.
    static let firstGateBias: Float = 2
  }

  /// D and H.
  let size: Int
  let width: Int
  let steps: [Step]

  /// Appends the tensors of `stepCount` steps to `layout`, under `name`1, `name`2 ...
  init(_ name: String, size: Int, width: Int, stepCount: Int, in layout: inout ParameterLayout) {
    self.size = size
    self.width = width
    steps = (1...max(1, stepCount)).prefix(stepCount).map { number in
      func append(_ tensor: String, _ shape: [Int]) -> ParameterLayout.Entry {
        layout.append("\(name)\(number)/\(tensor)", shape: shape)
      }
      return Step(
        hidden: append("hidden/weight", [width, size]), hiddenBias: append("hidden/bias", [width]),
        shift: append("shift/weight", [width, size]), shiftBias: append("shift/bias", [size]),
        gate: append("gate/weight", [width, size]), gateBias: append("gate/bias", [size]))
    }
  }

  /// Multiply-adds times two.
  var flops: Double { 6 * Double(steps.count) * Double(size) * Double(width) }
  var maskCount: Int { steps.count * size }
  /// Numbers that ``forward(_:masks:_:trace:measured:)`` leaves for the way back, with room for that.
  var traceCount: Int { steps.count * stepTrace + 3 * size + width }
  /// z before the step, mu, g and h.
  private var stepTrace: Int { 3 * size + width }

  private struct Trace {
    let before: FloatView
    let shift: FloatView
    let gate: FloatView
    let hidden: FloatView
    // Used by every step.
    let seen: FloatView
    let shiftGradient: FloatView
    let gateGradient: FloatView
    let hiddenGradient: FloatView
  }

  private func trace(_ step: Int, _ trace: FloatView) -> Trace {
    let own = trace.slice(step * stepTrace, stepTrace)
    let shared = trace.slice(steps.count * stepTrace, 3 * size + width)
    return Trace(
      before: own.slice(0, size), shift: own.slice(size, size), gate: own.slice(2 * size, size),
      hidden: own.slice(3 * size, width), seen: shared.slice(0, size),
      shiftGradient: shared.slice(size, size), gateGradient: shared.slice(2 * size, size),
      hiddenGradient: shared.slice(3 * size, width))
  }

  /// Overwrites the tensors with normal numbers: matrices of deviation sqrt(4 / (D + H)), no biases but the gates', which begin at 2.
  func initialize(_ values: FloatView, seed: UInt64) {
    let deviation = (4 / Float(size + width)).squareRoot()
    for step in steps {
      for matrix in [step.hidden, step.shift, step.gate] {
        CounterRandom(seed: seed, purpose: .memberInitialization, major: 1, minor: matrix.offset)
          .fillNormalFours(values.slice(matrix.range))
        VectorMath.scale(values.slice(matrix.range), by: deviation)
      }
      values.slice(step.hiddenBias.range).fill(0)
      values.slice(step.shiftBias.range).fill(0)
      values.slice(step.gateBias.range).fill(Step.firstGateBias)
    }
  }

  /// Overwrites `z` (D) with what the steps make of it, by `masks` (K, D), and returns the logarithm of the Jacobian's determinant; 0 where it is not
  /// `measured`. `trace` (traceCount) is overwritten.
  @discardableResult
  func forward(
    _ z: FloatView, masks: FloatView, _ values: FloatView, trace: FloatView, measured: Bool
  ) -> Double {
    var determinant = 0.0
    for (number, step) in steps.enumerated() {
      let own = self.trace(number, trace)
      let mask = masks.slice(number * size, size)
      own.before.copy(from: z)
      for index in 0..<size { own.seen[index] = mask[index] * z[index] }
      own.shift.copy(from: values.slice(step.shiftBias.range))
      own.gate.copy(from: values.slice(step.gateBias.range))
      for unit in 0..<width {
        let sum = VectorMath.dot(row(step.hidden, unit, values), own.seen)
        let value = tanh(sum + values[step.hiddenBias.offset + unit])
        own.hidden[unit] = value
        VectorMath.add(row(step.shift, unit, values), times: value, to: own.shift)
        VectorMath.add(row(step.gate, unit, values), times: value, to: own.gate)
      }
      VectorMath.scale(own.gate, by: -1)
      VectorMath.exponentiate(own.gate)
      for index in 0..<size { own.gate[index] = 1 / (1 + own.gate[index]) }
      for index in 0..<size {
        let (kept, gate) = (mask[index], own.gate[index])
        let changed = gate * z[index] + (1 - gate) * own.shift[index]
        z[index] = kept * z[index] + (1 - kept) * changed
      }
      guard measured else { continue }
      for index in 0..<size where mask[index] < 1 {
        determinant += Double(1 - mask[index]) * log(Double(own.gate[index]))
      }
    }
    return determinant
  }

  /// Overwrites `gradient`, of a loss with respect to the end, with that with respect to the beginning, after
  /// ``forward(_:masks:_:trace:measured:)``; the steps' tensors in `parameterGradient` with theirs. `determinant` is the loss' derivative by the logarithm
  /// of the determinant.
  func backward(
    _ gradient: FloatView, determinant: Float, masks: FloatView, _ values: FloatView,
    trace: FloatView, into parameterGradient: FloatView
  ) {
    for number in stride(from: steps.count - 1, through: 0, by: -1) {
      let step = steps[number]
      let own = self.trace(number, trace)
      let mask = masks.slice(number * size, size)
      for index in 0..<size {
        let (kept, gate) = (mask[index], own.gate[index])
        let changed = (1 - kept) * gradient[index]
        own.seen[index] = kept * own.before[index]
        own.shiftGradient[index] = changed * (1 - gate)
        own.gateGradient[index] =
          (1 - gate)
          * (gate * changed * (own.before[index] - own.shift[index]) + determinant * (1 - kept))
        gradient[index] = kept * gradient[index] + changed * gate
      }
      for unit in 0..<width {
        let value = own.hidden[unit]
        let slope =
          VectorMath.dot(row(step.shift, unit, values), own.shiftGradient)
          + VectorMath.dot(row(step.gate, unit, values), own.gateGradient)
        own.hiddenGradient[unit] = slope * (1 - value * value)
        VectorMath.set(
          row(step.shift, unit, parameterGradient), to: own.shiftGradient, times: value)
        VectorMath.set(row(step.gate, unit, parameterGradient), to: own.gateGradient, times: value)
      }
      parameterGradient.slice(step.shiftBias.range).copy(from: own.shiftGradient)
      parameterGradient.slice(step.gateBias.range).copy(from: own.gateGradient)
      parameterGradient.slice(step.hiddenBias.range).copy(from: own.hiddenGradient)
      // What is no longer needed takes the gradient with respect to m o z.
      let seenGradient = own.shiftGradient
      seenGradient.fill(0)
      for unit in 0..<width {
        let slope = own.hiddenGradient[unit]
        VectorMath.set(row(step.hidden, unit, parameterGradient), to: own.seen, times: slope)
        VectorMath.add(row(step.hidden, unit, values), times: slope, to: seenGradient)
      }
      for index in 0..<size { gradient[index] += mask[index] * seenGradient[index] }
    }
  }

  private func row(_ matrix: ParameterLayout.Entry, _ unit: Int, _ values: FloatView) -> FloatView {
    values.slice(matrix.offset + unit * size, size)
  }
}
