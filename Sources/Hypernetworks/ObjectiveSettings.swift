// What the training minimizes, as data.

/// The diversity term of L = lambda * L_acc + L_div, and the symmetries removed before it.
public struct ObjectiveSettings: Sendable, Equatable {
  public var diversity: Diversity
  /// c: samples in a row that see the same images; 1: each sample sees its own.
  public var committee: Int
  public var metric: DistanceMetric
  /// How many random other samples a nearest neighbour is sought among; 0 means all.
  public var candidates: Int
  /// k: the neighbour whose distance counts in an entropy, 1 being the nearest.
  public var neighbour: Int
  /// How much each weight counts in the entropy of the weights.
  public var weighting: EntropyWeighting
  /// Images that all networks of a step see, for the terms on outputs where there are no committees.
  public var probeImages: Int
  public var gauge: Gauge

  public init(
    diversity: Diversity = .entropy, committee: Int = 1, metric: DistanceMetric = .l1,
    candidates: Int = 0,
    neighbour: Int = 1, weighting: EntropyWeighting = .none, probeImages: Int = 32,
    gauge: Gauge = .scale
  ) {
    self.diversity = diversity
    self.committee = committee
    self.metric = metric
    self.candidates = candidates
    self.neighbour = neighbour
    self.weighting = weighting
    self.probeImages = probeImages
    self.gauge = gauge
  }

  /// Whether the diversity term is of what committees say of their own training images.
  public var hearsCommittees: Bool {
    committee > 1 && (diversity == .outputEntropy || diversity == .ensemble)
  }
}
