// Invertible changes of a vector: RealNVP coupling layers.

import Glibc
import Numerics

/// K layers over x (D) (Dinh et al. 2017). Of each the first D / 2 numbers x1 stay, the others x2 are changed:
///
///     h = relu(x1 A + a),   s = exp(h B + b) + 0.001,   x2' = s o x2 + h C + c,   log|det| = sum log s
///
/// Before each layer but the first the numbers are put into another order, a random one that is the same for every seed. A is stored as (H, D / 2), B
/// and C as (H, D - D / 2).
struct CouplingFlow: Sendable {
  struct Layer: Sendable {
    let hidden: ParameterLayout.Entry
    let hiddenBias: ParameterLayout.Entry
    let scale: ParameterLayout.Entry
    let scaleBias: ParameterLayout.Entry
    let shift: ParameterLayout.Entry
    let shiftBias: ParameterLayout.Entry
    /// Number i of the layer's input is number order[i] of what was before; nil: as it is.
    let order: [Int]?
  }

  /// What is added to every scale.
  static let leastScale: Float = 0.001

  /// D and H.
  let size: Int
  let width: Int
  let layers: [Layer]

  /// Appends the tensors of `layerCount` layers to `layout`, under coupling1, coupling2 ...
  init(size: Int, width: Int, layerCount: Int, in layout: inout ParameterLayout) {
    self.size = size
    self.width = width
    let (kept, changed) = (size / 2, size - size / 2)
    layers = (0..<layerCount).map { number in
      func append(_ tensor: String, _ shape: [Int]) -> ParameterLayout.Entry {
        layout.append("coupling\(number + 1)/\(tensor)", shape: shape)
      }
      return Layer(
        hidden: append("hidden/weight", [width, kept]), hiddenBias: append("hidden/bias", [width]),
        scale: append("scale/weight", [width, changed]), scaleBias: append("scale/bias", [changed]),
        shift: append("shift/weight", [width, changed]), shiftBias: append("shift/bias", [changed]),
        order: number == 0 ? nil : Self.order(number, size))
    }
  }

  private static func order(_ layer: Int, _ size: Int) -> [Int] {
    CounterRandom(seed: 0, purpose: .couplingOrder, major: layer).permutation(of: size)
  }

  private var kept: Int { size / 2 }
  private var changed: Int { size - kept }
  /// Multiply-adds times two.
  var flops: Double { 2 * Double(layers.count * width * (kept + 2 * changed)) }
  /// Numbers that ``forward(_:_:trace:)`` leaves for the way back, with room for that.
  var traceCount: Int { layers.count * layerTrace + size + width }
  /// The input in its order, scales and hidden units.
  private var layerTrace: Int { size + changed + width }

  private struct Trace {
    let input: FloatView
    let scale: FloatView
    let hidden: FloatView
    // Used by every layer: x in another order, or the scales' and shifts' gradients; the hidden units' gradient.
    let numbers: FloatView
    let hiddenGradient: FloatView
  }

  private func trace(_ layer: Int, _ trace: FloatView) -> Trace {
    let own = trace.slice(layer * layerTrace, layerTrace)
    let shared = trace.dropFirst(layers.count * layerTrace)
    return Trace(
      input: own.slice(0, size), scale: own.slice(size, changed),
      hidden: own.slice(size + changed, width), numbers: shared.slice(0, size),
      hiddenGradient: shared.slice(size, width))
  }

  /// Matrices are normal with deviation 1e-4, biases 0: the layers begin as the identity, but for the scales' 0.001.
  func initialize(_ values: FloatView, seed: UInt64) {
    for layer in layers {
      for matrix in [layer.hidden, layer.scale, layer.shift] {
        CounterRandom(seed: seed, purpose: .memberInitialization, major: 1, minor: matrix.offset)
          .fillNormalFours(values.slice(matrix.range))
        VectorMath.scale(values.slice(matrix.range), by: 1e-4)
      }
      for bias in [layer.hiddenBias, layer.scaleBias, layer.shiftBias] {
        values.slice(bias.range).fill(0)
      }
    }
  }

  /// Overwrites `x` (D) with what the layers make of it, and returns the logarithm of the Jacobian's determinant. `trace` (traceCount) is overwritten.
  func forward(_ x: FloatView, _ values: FloatView, trace: FloatView) -> Double {
    var determinant = 0.0
    for number in 0..<layers.count {
      let (layer, own) = (layers[number], self.trace(number, trace))
      if let order = layer.order {
        for index in 0..<size { own.input[index] = x[order[index]] }
      } else {
        own.input.copy(from: x)
      }
      x.copy(from: own.input)
      let (seen, result) = (own.input.slice(0, kept), x.slice(kept, changed))
      let shift = own.numbers.slice(0, changed)
      own.scale.copy(from: values.slice(layer.scaleBias.range))
      shift.copy(from: values.slice(layer.shiftBias.range))
      for unit in 0..<width {
        let sum = VectorMath.dot(row(layer.hidden, unit, values), seen)
        let value = max(0, sum + values[layer.hiddenBias.offset + unit])
        own.hidden[unit] = value
        guard value > 0 else { continue }
        VectorMath.add(row(layer.scale, unit, values), times: value, to: own.scale)
        VectorMath.add(row(layer.shift, unit, values), times: value, to: shift)
      }
      VectorMath.exponentiate(own.scale)
      for index in 0..<changed {
        own.scale[index] += Self.leastScale
        determinant += log(Double(own.scale[index]))
        result[index] = own.scale[index] * result[index] + shift[index]
      }
    }
    return determinant
  }

  /// Overwrites `gradient`, of a loss with respect to the end, with that with respect to the beginning, after ``forward(_:_:trace:)``; the layers' tensors
  /// in `parameterGradient` with theirs. `determinant` is the loss' derivative by the logarithm of the determinant.
  func backward(
    _ gradient: FloatView, determinant: Float, _ values: FloatView, trace: FloatView,
    into parameterGradient: FloatView
  ) {
    for number in stride(from: layers.count - 1, through: 0, by: -1) {
      let (layer, own) = (layers[number], self.trace(number, trace))
      let (seen, before) = (own.input.slice(0, kept), own.input.slice(kept, changed))
      let (seenGradient, slope) = (gradient.slice(0, kept), gradient.slice(kept, changed))
      let shiftGradient = parameterGradient.slice(layer.shiftBias.range)
      let scaleGradient = parameterGradient.slice(layer.scaleBias.range)
      shiftGradient.copy(from: slope)
      for index in 0..<changed {
        let scale = own.scale[index]
        scaleGradient[index] =
          (slope[index] * before[index] + determinant / scale) * (scale - Self.leastScale)
        slope[index] *= scale
      }
      for unit in 0..<width {
        let value = own.hidden[unit]
        VectorMath.set(
          row(layer.scale, unit, parameterGradient), to: scaleGradient, times: value)
        VectorMath.set(
          row(layer.shift, unit, parameterGradient), to: shiftGradient, times: value)
        own.hiddenGradient[unit] =
          value > 0
          ? VectorMath.dot(row(layer.scale, unit, values), scaleGradient)
            + VectorMath.dot(row(layer.shift, unit, values), shiftGradient) : 0
      }
      parameterGradient.slice(layer.hiddenBias.range).copy(from: own.hiddenGradient)
      for unit in 0..<width {
        let factor = own.hiddenGradient[unit]
        VectorMath.set(row(layer.hidden, unit, parameterGradient), to: seen, times: factor)
        VectorMath.add(row(layer.hidden, unit, values), times: factor, to: seenGradient)
      }
      if let order = layer.order {
        own.numbers.copy(from: gradient)
        for index in 0..<size { gradient[order[index]] = own.numbers[index] }
      }
    }
  }

  private func row(_ matrix: ParameterLayout.Entry, _ unit: Int, _ values: FloatView) -> FloatView {
    let length = matrix.count / width
    return values.slice(matrix.offset + unit * length, length)
  }
}
