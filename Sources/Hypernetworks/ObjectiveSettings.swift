// What the training minimizes, as data.

/// The norm in which two weight vectors' distance is taken.
public enum DistanceMetric: String, Sendable, Equatable, CaseIterable {
  case l1, l2
}

/// The diversity term of the objective.
public enum Diversity: String, Sendable, Equatable, CaseIterable {
  /// Minus the Kozachenko-Leonenko entropy estimate of the weight vectors.
  case entropy
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

/// L = lambda * L_acc + L_div, and the symmetries removed before it.
public struct ObjectiveSettings: Sendable, Equatable {
  public var lambda: Float
  /// lambda is multiplied by this at each step.
  public var lambdaGrowth: Float
  public var diversity: Diversity
  public var metric: DistanceMetric
  /// How many random other samples a nearest neighbour is sought among; 0 means all.
  public var candidates: Int
  /// Whether scale and logits' bias are fixed.
  public var gauge: Bool

  public init(
    lambda: Float, lambdaGrowth: Float = 1, diversity: Diversity = .entropy,
    metric: DistanceMetric = .l1, candidates: Int = 0, gauge: Bool = true
  ) {
    self.lambda = lambda
    self.lambdaGrowth = lambdaGrowth
    self.diversity = diversity
    self.metric = metric
    self.candidates = candidates
    self.gauge = gauge
  }
}
