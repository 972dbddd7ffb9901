// The geometry of a hypernetwork, as data.

import TensorCore

/// Widths and constants of a hypernetwork: an extractor that maps a latent to codes, one per filter of
/// the target network, and a weight generator per target layer that all its filters share.
///
/// All weights of the target's last layer count as one filter: one code, one use of its generator.
public struct HypernetworkArchitecture: Sendable, Equatable {
  public enum Prior: String, Sendable, Equatable, CaseIterable {
    /// Uniform on [-1, 1] in each dimension.
    case uniform
    /// Standard normal in each dimension.
    case normal
  }

  /// d: dimensions of the latent z; also the entropy's d.
  public var latentSize: Int
  public var prior: Prior
  /// Elements of a code.
  public var codeSize: Int
  /// Widths of the extractor's hidden layers.
  public var extractorHidden: [Int]
  /// Widths of each weight generator's hidden layers, one list a target layer.
  public var generatorHidden: [[Int]]
  /// Slope of the leaky ReLU for negative inputs.
  public var leak: Float
  /// Added to a batch normalization's variance.
  public var normalizationEpsilon: Float
  /// Decay of a batch normalization's running averages.
  public var normalizationDecay: Float
  /// Initial variance of a weight times its layer's fan-in.
  public var initialVariance: Float

  public init(
    latentSize: Int, prior: Prior, codeSize: Int, extractorHidden: [Int], generatorHidden: [[Int]],
    leak: Float = 0.05, normalizationEpsilon: Float = 1e-7, normalizationDecay: Float = 0.98,
    initialVariance: Float = 0.01
  ) {
    self.latentSize = latentSize
    self.prior = prior
    self.codeSize = codeSize
    self.extractorHidden = extractorHidden
    self.generatorHidden = generatorHidden
    self.leak = leak
    self.normalizationEpsilon = normalizationEpsilon
    self.normalizationDecay = normalizationDecay
    self.initialVariance = initialVariance
  }
}
