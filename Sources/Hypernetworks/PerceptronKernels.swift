// What one shard of rows goes through in one layer of a perceptron. Every function runs on one thread.

import Numerics

enum PerceptronKernels {
  /// Leaky ReLU in place, and the per-feature sums batch normalization needs.
  ///
  /// - Parameters:
  ///   - activations: (rows, width); y on entry, a = max(y, leak * y) on exit.
  ///   - sums: overwritten with sum_r a (width numbers), then sum_r a^2 (width numbers).
  static func activate(
    _ activations: FloatView, rows: Int, width: Int, leak: Float, sums: DoubleView
  ) {
    sums.fill(0)
    for row in 0..<rows {
      let values = activations.slice(row * width, width)
      for feature in 0..<width {
        let y = values[feature]
        let a = y > 0 ? y : leak * y
        values[feature] = a
        let wide = Double(a)
        sums[feature] += wide
        sums[width + feature] += wide * wide
      }
    }
  }

  /// Leaky ReLU in place.
  static func activate(_ activations: FloatView, leak: Float) {
    for index in 0..<activations.count {
      let y = activations[index]
      activations[index] = y > 0 ? y : leak * y
    }
  }

  /// Mean and 1 / sqrt(variance + epsilon) of each feature from global sums.
  ///
  /// - Parameters:
  ///   - sums: sum a and sum a^2 over `count` rows, width numbers each.
  ///   - moments: overwritten with the means, then the inverse deviations.
  ///   - variances: overwritten with the biased variances.
  static func moments(
    of sums: DoubleView, count: Int, epsilon: Float, moments: FloatView, variances: FloatView
  ) {
    let width = sums.count / 2
    for feature in 0..<width {
      let mean = sums[feature] / Double(count)
      let variance = max(0, sums[width + feature] / Double(count) - mean * mean)
      moments[feature] = Float(mean)
      moments[width + feature] = Float(1 / (variance + Double(epsilon)).squareRoot())
      variances[feature] = Float(variance)
    }
  }

  /// z = scale * (a - mean) * inverseDeviation + shift.
  ///
  /// - Parameters:
  ///   - moments: means, then inverse deviations.
  ///   - output: (rows, width), overwritten; may be `activations` itself.
  static func normalize(
    _ activations: FloatView, rows: Int, width: Int, moments: FloatView, scale: FloatView,
    shift: FloatView, output: FloatView
  ) {
    for row in 0..<rows {
      let a = activations.slice(row * width, width)
      let z = output.slice(row * width, width)
      for feature in 0..<width {
        z[feature] =
          scale[feature] * ((a[feature] - moments[feature]) * moments[width + feature])
          + shift[feature]
      }
    }
  }

  /// The per-feature sums of the normalization's backward pass: sum_r dz, then sum_r dz * xhat.
  static func backwardSums(
    gradient: FloatView, activations: FloatView, rows: Int, width: Int, moments: FloatView,
    sums: DoubleView
  ) {
    sums.fill(0)
    for row in 0..<rows {
      let dz = gradient.slice(row * width, width)
      let a = activations.slice(row * width, width)
      for feature in 0..<width {
        let normalized = (a[feature] - moments[feature]) * moments[width + feature]
        sums[feature] += Double(dz[feature])
        sums[width + feature] += Double(dz[feature]) * Double(normalized)
      }
    }
  }

  /// Back through normalization and leaky ReLU:
  /// da = scale * inverseDeviation * (dz - (sum dz) / n - xhat * (sum dz xhat) / n),
  /// dy = a > 0 ? da : leak * da.
  ///
  /// - Parameters:
  ///   - gradient: (rows, width); dz on entry, dy on exit.
  ///   - sums: the global sums of ``backwardSums``, over `count` rows.
  static func normalizeBackward(
    gradient: FloatView, activations: FloatView, rows: Int, width: Int, moments: FloatView,
    scale: FloatView, sums: DoubleView, count: Int, leak: Float
  ) {
    let inverseCount = 1 / Double(count)
    for row in 0..<rows {
      let dz = gradient.slice(row * width, width)
      let a = activations.slice(row * width, width)
      for feature in 0..<width {
        let normalized = (a[feature] - moments[feature]) * moments[width + feature]
        let meanGradient = Float(sums[feature] * inverseCount)
        let meanProduct = Float(sums[width + feature] * inverseCount)
        let da =
          scale[feature] * moments[width + feature]
          * (dz[feature] - meanGradient - normalized * meanProduct)
        dz[feature] = a[feature] > 0 ? da : leak * da
      }
    }
  }
}
