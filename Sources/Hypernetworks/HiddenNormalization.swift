// The batch normalization behind one hidden layer of a perceptron, in training.

import Numerics

/// z = scale * (a - mean) / sqrt(variance + epsilon) + shift, with mean and variance of each feature over
/// all rows of all ranks. Its rows on this rank lie shard by shard.
struct HiddenNormalization: Sendable {
  let width: Int
  /// Rows of one shard, and of all ranks together.
  let shardRows: Int
  let rowCount: Int
  let epsilon: Float
  /// (rows, width): what is normalized, the activations of the layer before.
  let activations: FloatView
  let scale: FloatView
  let shift: FloatView
  let runningMean: FloatView
  let runningVariance: FloatView
  /// Where scale and shift lie among all parameters.
  let scaleRange: Range<Int>
  let shiftRange: Range<Int>
  /// The minibatch's means, then inverse deviations.
  let moments: FloatView
  /// Its biased variances.
  let variances: FloatView
  /// sum dz, then sum dz * xhat, over all rows of all ranks.
  let backwardSums: DoubleView
  /// Two sums a feature for each shard of this rank, of all normalizations that are reduced together; this one's
  /// begin at `offset` of the `stride` of a shard.
  let levelSums: DoubleView
  let stride: Int
  let offset: Int

  /// Where one shard's sums of this normalization belong.
  func sums(of shard: Int) -> DoubleView { levelSums.slice(shard * stride + offset, 2 * width) }

  func activations(of shard: Int) -> FloatView {
    activations.slice(shard * shardRows * width, shardRows * width)
  }

  /// Takes the moments from the sums of all ranks, of all normalizations of the level.
  func takeMoments(from totals: DoubleView) {
    PerceptronKernels.moments(
      of: totals.slice(offset, 2 * width), count: rowCount, epsilon: epsilon, moments: moments,
      variances: variances)
  }

  /// Overwrites `output` (one shard's rows) with what is normalized.
  func normalize(_ shard: Int, into output: FloatView) {
    PerceptronKernels.normalize(
      activations(of: shard), rows: shardRows, width: width, moments: moments, scale: scale,
      shift: shift, output: output)
  }

  /// One shard's sums of the backward pass, from dL/dz of its rows.
  func sumBackward(_ gradient: FloatView, _ shard: Int) {
    PerceptronKernels.backwardSums(
      gradient: gradient, activations: activations(of: shard), rows: shardRows, width: width,
      moments: moments, sums: sums(of: shard))
  }

  /// Turns dL/dz of a shard's rows into dL/dy, y from before the leaky ReLU.
  func backward(_ gradient: FloatView, _ shard: Int, leak: Float) {
    PerceptronKernels.normalizeBackward(
      gradient: gradient, activations: activations(of: shard), rows: shardRows, width: width,
      moments: moments, scale: scale, sums: backwardSums, count: rowCount, leak: leak)
  }

  /// Overwrites the entries of scale and shift in a gradient with respect to all parameters.
  func storeGradients(in gradient: FloatView) {
    let shifts = gradient.slice(shiftRange)
    let scales = gradient.slice(scaleRange)
    for feature in 0..<width {
      shifts[feature] = Float(backwardSums[feature])
      scales[feature] = Float(backwardSums[width + feature])
    }
  }

  /// running = decay * running + (1 - decay) * minibatch's, of the variance n / (n - 1) times that of the n rows,
  /// since a few rows' own variance is on average that much smaller than the variance of all that may come.
  func moveRunningAverages(decay: Float) {
    let rows = Float(rowCount)
    let correction = rows > 1 ? rows / (rows - 1) : 1
    for feature in 0..<width {
      runningMean[feature] = decay * runningMean[feature] + (1 - decay) * moments[feature]
      runningVariance[feature] =
        decay * runningVariance[feature] + (1 - decay) * correction * variances[feature]
    }
  }
}
