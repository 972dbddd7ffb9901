// What rows go through between the products of a perceptron's layers. Every function runs on one thread.

import Numerics

enum PerceptronKernels {
  /// Leaky ReLU in place: a = max(y, leak * y).
  static func activate(_ activations: FloatView, leak: Float) {
    for index in 0..<activations.count {
      let y = activations[index]
      activations[index] = y > 0 ? y : leak * y
    }
  }

  /// z = (a - mean) * factor + shift, plus `skipped` where there is one. Columns are a multiple of sixteen; `output` is
  /// overwritten and may be `activations` itself.
  static func normalize(
    _ activations: MatrixView, _ features: NormalizedFeatures, skipped: MatrixView?,
    into output: MatrixView
  ) {
    precondition(
      activations.columns % 16 == 0 && output.columns == activations.columns
        && output.rows == activations.rows && features.means.count == activations.columns,
      "normalize: \(activations.columns) into \(output.columns) columns")
    for row in 0..<activations.rows {
      let (from, to) = (row * activations.step, row * output.step)
      for column in stride(from: 0, to: activations.columns, by: 16) {
        var z =
          (activations.values.vector16(at: from + column) - features.means.vector16(at: column))
          * features.factors.vector16(at: column) + features.shifts.vector16(at: column)
        if let skipped { z += skipped.values.vector16(at: row * skipped.step + column) }
        output.values.setVector16(z, at: to + column)
      }
    }
  }

  /// Back through normalization and leaky ReLU, with xhat = (a - mean) * inverse:
  /// da = factor * (dz - (sum dz) / n - xhat * (sum dz xhat) / n), dy = a > 0 ? da : leak * da.
  ///
  /// - Parameter gradient: dz on entry, dy on exit; columns are a multiple of sixteen.
  static func normalizeBackward(
    _ gradient: MatrixView, activations: MatrixView, _ features: NormalizedFeatures, leak: Float
  ) {
    precondition(
      gradient.columns % 16 == 0 && activations.columns == gradient.columns
        && activations.rows == gradient.rows && features.means.count == gradient.columns,
      "normalizeBackward: \(gradient.columns) and \(activations.columns) columns")
    for row in 0..<gradient.rows {
      let (to, from) = (row * gradient.step, row * activations.step)
      for column in stride(from: 0, to: gradient.columns, by: 16) {
        let a = activations.values.vector16(at: from + column)
        let slope =
          (a - features.means.vector16(at: column)) * features.gradientSlopes.vector16(at: column)
        let da =
          features.factors.vector16(at: column)
          * (gradient.values.vector16(at: to + column)
            - features.gradientMeans.vector16(at: column) - slope)
        gradient.values.setVector16((leak * da).replacing(with: da, where: a .> 0), at: to + column)
      }
    }
  }
}
