// What a target network's outputs mean, and what it costs them to be wrong.

/// The loss of an image's outputs, of which the objective has the mean over images.
///
/// A classifier has an output for each class, its logits. A regression of K targets y has their predictions f as its first K outputs; where
/// the noise is learned, K more behind them are the logarithms s of variances. Targets, predictions and variances are in the units
/// in which targets are normalized.
public enum Loss: Sendable, Equatable {
  /// -log softmax(logits)[label]: ``SoftmaxCrossEntropy``.
  case crossEntropy
  /// sum over targets of (f - y)^2.
  case squaredError
  /// sum over targets of (f - y)^2 / 2 where |f - y| is at most the threshold t, and of t (|f - y| - t / 2) elsewhere (Huber 1964).
  case huber(threshold: Float)
  /// Minus the logarithm of the normal density of variance v around f: sum over targets of (log(2 pi v) + (f - y)^2 / v) / 2.
  case gaussian(Noise)

  /// v of ``gaussian(_:)``.
  public enum Noise: Sendable, Equatable {
    /// The square of a given deviation.
    case fixed(deviation: Float)
    /// exp(s) + ``Loss/varianceFloor``, beyond s = ``Loss/largestExponent`` growing along a line only, s being the same for all images: of the outputs' weights there are the biases only, the others are 0.
    case learned
    /// The same, s being a function of the image (Nix and Weigend 1994; Lakshminarayanan, Pritzel and Blundell 2017).
    case output
  }

  /// Added to variances that networks give, so that none becomes 0.
  public static let varianceFloor = 1e-6
  /// Where the exponential goes on along its tangent, so that no variance becomes infinite.
  public static let largestExponent = 20.0

  public var isRegression: Bool { self != .crossEntropy }

  /// Whether outputs behind the predictions are logarithms of variances.
  public var givesVariances: Bool { self == .gaussian(.learned) || self == .gaussian(.output) }

  /// Whether a network gives a density of its targets.
  public var hasDensity: Bool { if case .gaussian = self { true } else { false } }

  /// Of a density whose deviation is given.
  public var fixedDeviation: Float {
    guard case .gaussian(.fixed(let deviation)) = self else {
      preconditionFailure("Loss: \(self) has no fixed deviation")
    }
    return deviation
  }

  /// Outputs that a network needs for `targets` targets, or classes.
  public func outputCount(targets: Int) -> Int { givesVariances ? 2 * targets : targets }
}
