// What a normalization's passes over rows take of each feature.

import Numerics

/// Numbers of each feature, in rows filled up to a multiple of sixteen with zeros.
package struct NormalizedFeatures: Sendable {
  /// Of the activations, and 1 / sqrt(variance + epsilon).
  package let means: FloatView
  let inverses: FloatView
  /// scale * inverse, and shift.
  package let factors: FloatView
  package let shifts: FloatView
  /// (sum dz) / n, and inverse * (sum dz xhat) / n.
  let gradientMeans: FloatView
  let gradientSlopes: FloatView

  /// Numbers of all features together.
  package static func count(width: Int) -> Int { 6 * MatrixView.padded(width) }

  init(_ numbers: FloatView, width: Int) {
    let padded = MatrixView.padded(width)
    means = numbers.slice(0, padded)
    inverses = numbers.slice(padded, padded)
    factors = numbers.slice(2 * padded, padded)
    shifts = numbers.slice(3 * padded, padded)
    gradientMeans = numbers.slice(4 * padded, padded)
    gradientSlopes = numbers.slice(5 * padded, padded)
  }
}
