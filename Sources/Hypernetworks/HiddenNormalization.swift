// The batch normalization behind one hidden layer of a perceptron, in training.

import Numerics

/// z = scale * (a - mean) / sqrt(variance + epsilon) + shift, with mean and variance of each feature over
/// all rows of all ranks. Its rows on this rank lie one run of ``RowLeaves`` behind the other; columns are filled up to a multiple of sixteen with zeros, which
/// stay zeros.
struct HiddenNormalization: Sendable {
  let width: Int
  /// Which sums each row counts for, and the rows of all ranks together.
  let leaves: RowLeaves
  let rowCount: Int
  let epsilon: Float
  /// (rows, padded width): what is normalized, the activations of the layer before.
  let activations: MatrixView
  let scale: FloatView
  let shift: FloatView
  let runningMean: FloatView
  let runningVariance: FloatView
  /// Where scale and shift lie among all parameters.
  let scaleRange: Range<Int>
  let shiftRange: Range<Int>
  /// What the passes over rows take of each feature.
  let features: NormalizedFeatures
  /// The minibatch's biased variances.
  let variances: FloatView
  /// sum dz, then sum dz * xhat, over all rows of all ranks.
  let backwardSums: DoubleView
  /// Two sums a feature for each leaf of this rank, of all normalizations that are reduced together; this one's
  /// begin at `offset` of the `stride` of a leaf.
  let levelSums: DoubleView
  let stride: Int
  let offset: Int

  var paddedWidth: Int { activations.columns }

  /// Numbers of one leaf's sums.
  static func sumCount(width: Int) -> Int { 2 * MatrixView.padded(width) }

  /// Takes the moments from the sums of all ranks, of all normalizations of the level: of a and a^2 over all rows. Returns whether all are
  /// finite, which what is normalized by an infinite variance would not tell.
  func takeMoments(from totals: DoubleView) -> Bool {
    let (sums, squares) = (
      totals.slice(offset, width), totals.slice(offset + paddedWidth, width)
    )
    let count = Double(rowCount)
    var areFinite = true
    for feature in 0..<width {
      let mean = sums[feature] / count
      // A NaN stays one, which it would not as `max`'s second operand.
      let spread = squares[feature] / count - mean * mean
      let variance = spread < 0 ? 0 : spread
      let inverse = Float(1 / (variance + Double(epsilon)).squareRoot())
      variances[feature] = Float(variance)
      features.means[feature] = Float(mean)
      features.inverses[feature] = inverse
      features.factors[feature] = scale[feature] * inverse
      features.shifts[feature] = shift[feature]
      areFinite = areFinite && Float(mean).isFinite && Float(variance).isFinite
    }
    return areFinite
  }

  /// Takes what the backward pass needs from ``backwardSums``.
  func takeBackwardSums() {
    let inverseCount = 1 / Double(rowCount)
    for feature in 0..<width {
      features.gradientMeans[feature] = Float(backwardSums[feature] * inverseCount)
      features.gradientSlopes[feature] =
        features.inverses[feature]
        * Float(backwardSums[paddedWidth + feature] * inverseCount)
    }
  }

  /// Overwrites `output`, of the same rows of this rank, with what is normalized, plus `skipped` where there is one.
  func normalize(_ rows: Range<Int>, skipped: MatrixView?, into output: MatrixView) {
    PerceptronKernels.normalize(
      activations.rows(rows), features, skipped: skipped?.rows(rows), into: output.rows(rows))
  }

  /// Turns y, some rows and columns (a multiple of sixteen) of ``activations``, into a, and sums up.
  func activate(_ rows: Range<Int>, columns: Range<Int>, leak: Float) {
    forEachRun(rows) { leaf, rows, accumulating in
      let sums = sums(of: leaf)
      ColumnSums.activate(
        activations.rows(rows).columns(columns), leak: leak,
        sums: sums.slice(columns),
        squares: sums.slice(paddedWidth + columns.lowerBound, columns.count),
        accumulating: accumulating)
    }
  }

  /// Sums up for the backward pass, from dL/dz of some rows and columns.
  func sumBackward(_ gradient: MatrixView, _ rows: Range<Int>, columns: Range<Int>) {
    forEachRun(rows) { leaf, rows, accumulating in
      let sums = sums(of: leaf)
      ColumnSums.normalizationGradient(
        gradient.rows(rows).columns(columns),
        activations: activations.rows(rows).columns(columns),
        means: features.means.slice(columns), inverses: features.inverses.slice(columns),
        sums: sums.slice(columns),
        products: sums.slice(paddedWidth + columns.lowerBound, columns.count),
        accumulating: accumulating)
    }
  }

  /// Turns dL/dz of some rows into dL/dy, y from before the leaky ReLU.
  func backward(_ gradient: MatrixView, _ rows: Range<Int>, leak: Float) {
    PerceptronKernels.normalizeBackward(
      gradient.rows(rows), activations: activations.rows(rows), features, leak: leak)
  }

  /// Overwrites the entries of scale and shift in a gradient with respect to all parameters.
  func storeGradients(in gradient: FloatView) {
    let shifts = gradient.slice(shiftRange)
    let scales = gradient.slice(scaleRange)
    for feature in 0..<width {
      shifts[feature] = Float(backwardSums[feature])
      scales[feature] = Float(backwardSums[paddedWidth + feature])
    }
  }

  /// running = decay * running + (1 - decay) * minibatch's, of the variance n / (n - 1) times that of the n rows,
  /// since a few rows' own variance is on average that much smaller than the variance of all that may come.
  func moveRunningAverages(decay: Float) {
    let rows = Float(rowCount)
    let correction = rows > 1 ? rows / (rows - 1) : 1
    for feature in 0..<width {
      runningMean[feature] = decay * runningMean[feature] + (1 - decay) * features.means[feature]
      runningVariance[feature] =
        decay * runningVariance[feature] + (1 - decay) * correction * variances[feature]
    }
  }

  /// Where one leaf's sums of this normalization belong.
  func sums(of leaf: Int) -> DoubleView {
    levelSums.slice(leaf * stride + offset, Self.sumCount(width: width))
  }

  /// The parts of `rows` that lie in one run each, the leaf they belong to, and whether rows of the run went before.
  @inline(__always)
  private func forEachRun(
    _ rows: Range<Int>, _ body: (_ leaf: Int, _ rows: Range<Int>, _ accumulating: Bool) -> Void
  ) {
    var start = rows.lowerBound
    while start < rows.upperBound {
      let run = leaves.run(at: start)
      let own = leaves.rows(of: run)
      let end = min(rows.upperBound, own.upperBound)
      body(leaves.leaf(of: run), start..<end, start > own.lowerBound)
      start = end
    }
  }
}
