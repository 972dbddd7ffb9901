// What the training minimizes, as data.

/// The norm in which two weight vectors' distance is taken.
public enum DistanceMetric: String, Sendable, Equatable, CaseIterable {
  case l1, l2
}

/// The diversity term of the objective.
public enum Diversity: String, Sendable, Equatable, CaseIterable {
  /// Minus the Kozachenko-Leonenko entropy estimate of the weight vectors.
  case entropy
  /// Minus that estimate of the networks' probabilities on shared images (eq. 3 of the paper).
  case outputEntropy = "output-entropy"
  /// The cross-entropy of the networks' mean probability on shared images.
  case ensemble
  /// Minus the mean over weights of their variance over the minibatch.
  case variance
  case none
}

/// How ranks exchange weight vectors for the diversity term.
public enum Exchange: String, Sendable, Equatable, CaseIterable {
  /// By size: see docs.
  case auto
  /// Every rank gets all weight vectors: memory N*D a rank.
  case allgather
  /// Every rank gets all samples of its share of the weights: memory N*D/P a rank.
  case sliced
}

/// Which symmetries of the target network are removed from its weights.
public enum Gauge: String, Sendable, Equatable, CaseIterable {
  case none
  /// The scale of filters and the mean of the logits' biases (``GaugeFixing``).
  case scale
  /// These, and the order of a layer's filters (``PermutationGauge``).
  case scalePermutation = "scale-permutation"
}

/// L = lambda * L_acc + L_div, and the symmetries removed before it.
public struct ObjectiveSettings: Sendable, Equatable {
  public var lambda: Float
  /// lambda is multiplied by this at each step.
  public var lambdaGrowth: Float
  public var diversity: Diversity
  public var metric: DistanceMetric
  /// How many random other samples a nearest neighbour is sought among; 0 means all.
  public var candidates: Int
  /// k: the neighbour whose distance counts in an entropy, 1 being the nearest.
  public var neighbour: Int
  /// Images that all networks of a step see, for the terms on their outputs.
  public var probeImages: Int
  public var gauge: Gauge

  public init(
    lambda: Float, lambdaGrowth: Float = 1, diversity: Diversity = .entropy,
    metric: DistanceMetric = .l1, candidates: Int = 0, neighbour: Int = 1,
    probeImages: Int = 32, gauge: Gauge = .scale
  ) {
    self.lambda = lambda
    self.lambdaGrowth = lambdaGrowth
    self.diversity = diversity
    self.metric = metric
    self.candidates = candidates
    self.neighbour = neighbour
    self.probeImages = probeImages
    self.gauge = gauge
  }
}
