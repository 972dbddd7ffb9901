// The geometry of a hypernetwork, as data.

/// Widths and constants of a hypernetwork: an extractor that maps a latent to codes, one per filter of
/// the target network, and a weight generator per target layer that all its filters share.
public struct HypernetworkArchitecture: Sendable, Equatable {
  public enum Prior: String, Sendable, Equatable, CaseIterable {
    /// Uniform on [-1, 1] in each dimension.
    case uniform
    /// Standard normal in each dimension.
    case normal
    /// One of ``modes`` centres, in turn from sample to sample, and noise around it. The first K dimensions say which: of mode
    /// k the k-th is sqrt(d - K) and the others 0; the other d - K are normal with deviation ``modeSpread``. So two
    /// centres are sqrt(2 (d - K)) apart, as two standard normal samples of as many dimensions are.
    case modes
  }

  /// What generated weights are scaled to at first.
  public enum Initialization: String, Sendable, Equatable, CaseIterable {
    /// What the generators yield: variance ``initialVariance``, whatever the target layer.
    case generator
    /// The variance that an ordinary initialization of the target layer would have, times ``spread`` squared.
    case target
    /// The same with PyTorch's variances: 1 / (3 fan-in), of kernels and of biases.
    case smallTarget = "target-small"
  }

  /// What one code and one use of a weight generator yield.
  public enum Generation: String, Sendable, Equatable, CaseIterable {
    /// One filter's kernel and bias: the layer has a code for each filter.
    case filter
    /// All weights of the layer, which counts as one filter.
    case layer
  }

  /// Which target layers have a weight generator in common.
  public enum Sharing: String, Sendable, Equatable, CaseIterable {
    /// Each has its own.
    case none
    /// Layers whose generators would yield equally many numbers at a time share one.
    case kind
  }

  /// d: dimensions of the latent z; also the entropy's d.
  public var latentSize: Int
  public var prior: Prior
  /// Elements of a code.
  public var codeSize: Int
  /// Widths of the extractor's hidden layers.
  public var extractorHidden: [Int]
  /// Widths of each weight generator's hidden layers, one list a generator.
  public var generatorHidden: [[Int]]
  /// What each weight generator yields at a time, one a target layer. Empty: the last layer whole, the
  /// others filter by filter.
  public var generation: [Generation]
  public var sharing: Sharing
  /// Whether a hidden layer adds its input to its output where both are hidden and equally wide.
  public var skipConnections: Bool
  /// Slope of the leaky ReLU for negative inputs.
  public var leak: Float
  /// Added to a batch normalization's variance.
  public var normalizationEpsilon: Float
  /// Decay of a batch normalization's running averages.
  public var normalizationDecay: Float
  /// Initial variance of a weight times its layer's fan-in.
  public var initialVariance: Float
  /// How many times as large, as a standard deviation, what all networks have in common is at first as what
  /// differs among them, in what filters' codes are made from: the last normalization of the extractor begins with
  /// random shifts of that deviation. At 0 a filter's codes begin with nothing in common.
  public var initialShift: Float
  /// The same of the layers that one code yields whole: of the last normalization of generators with one code a latent, which
  /// normalize over the latents alone and so take the codes' common part away.
  public var initialLayerShift: Float
  /// Factor on the initial weights of the layer that yields the target's last layer, and so on its logits.
  public var initialLogits: Float
  /// K and the noise's deviation of a prior with modes.
  public var modes: Int
  public var modeSpread: Float
  /// Whether weights are ordinary parameters, initialized as an ordinary network, plus what is generated.
  public var center: Bool
  /// Whether each mode has a centre of its own.
  public var modeCenters: Bool
  public var initialization: Initialization
  /// What is generated at first, in units of an ordinary initialization.
  public var spread: Float

  /// A latent's coordinate of its own mode.
  public var modeCoordinate: Float { Float(latentSize - modes).squareRoot() }

  public init(
    latentSize: Int, prior: Prior, codeSize: Int, extractorHidden: [Int], generatorHidden: [[Int]],
    generation: [Generation] = [], sharing: Sharing = .none, skipConnections: Bool = false,
    leak: Float = 0.05, normalizationEpsilon: Float = 1e-7,
    normalizationDecay: Float = 0.98,
    initialVariance: Float = 0.01, initialShift: Float = 0, initialLayerShift: Float = 0,
    initialLogits: Float = 1, modes: Int = 10, modeSpread: Float = 0.1, center: Bool = false,
    modeCenters: Bool = false, initialization: Initialization = .generator, spread: Float = 1
  ) {
    self.latentSize = latentSize
    self.prior = prior
    self.codeSize = codeSize
    self.extractorHidden = extractorHidden
    self.generatorHidden = generatorHidden
    self.generation = generation
    self.sharing = sharing
    self.skipConnections = skipConnections
    self.leak = leak
    self.normalizationEpsilon = normalizationEpsilon
    self.normalizationDecay = normalizationDecay
    self.initialVariance = initialVariance
    self.initialShift = initialShift
    self.initialLayerShift = initialLayerShift
    self.initialLogits = initialLogits
    self.modes = modes
    self.modeSpread = modeSpread
    self.center = center
    self.modeCenters = modeCenters
    self.initialization = initialization
    self.spread = spread
  }
}
