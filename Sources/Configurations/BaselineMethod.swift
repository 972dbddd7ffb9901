// Ordinary ways to many networks, which hypernetworks are compared with.

/// How networks are made without a hypernetwork; docs/baselines.md tells each one.
public enum BaselineMethod: String, Sendable, Equatable, CaseIterable {
  /// A hypernetwork is trained.
  case none
  case sgd
  case sgdSampler = "sgd-sampler"
  case deepEnsemble = "deep-ensemble"
  case swa
  case swag
  case snapshot
  case weightNoise = "weight-noise"
  case dropout
  case average
  case gaussianFit = "gaussian-fit"
  case mnfg
  case bhn

  /// In a few words.
  public var meaning: String {
    switch self {
    case .none: "a hypernetwork"
    case .sgd: "networks trained alone (1)"
    case .sgdSampler: "networks from different beginnings, each trained at a constant rate (10)"
    case .deepEnsemble: "networks from different beginnings (10)"
    case .swa: "the mean of a network's late iterates (1)"
    case .swag: "networks drawn from a Gaussian around that mean (100 of 1)"
    case .snapshot: "a network's iterates at the ends of its rate's cycles (10 of 1)"
    case .weightNoise: "a network with noise on its weights (100 of 1)"
    case .average: "the mean of networks' weights, their filters matched (1 of 16)"
    case .gaussianFit: "networks drawn weight by weight around that mean (100 of 16)"
    case .dropout: "a network trained with dropout, a mask for each of its copies (100 of 1)"
    case .bhn: "networks whose filters' gains are drawn from a flow (100 of 1)"
    case .mnfg: "networks drawn from a distribution that multiplicative flows make (100 of 1)"
    }
  }

  /// Networks that are trained where nothing else is asked for.
  var usualMembers: Int {
    switch self {
    case .sgdSampler, .deepEnsemble: 10
    case .average, .gaussianFit: 16
    case .none, .sgd, .swa, .swag, .snapshot, .weightNoise, .dropout, .mnfg, .bhn: 1
    }
  }

  /// Settings that the method comes with, whatever the preset, where nothing else is asked for: `key=value`.
  var recipe: [String] {
    switch self {
    case .mnfg:
      [
        "steps=55000", "batch=1024", "sliceImages=32", "optimizer=adam", "learningRate=0.001",
        "weightDecay=0", "schedule=exponential", "learningRateDecay=1", "finalLearningRate=0",
        "drops=[]",
      ].map { "baseline.\($0)" }
    case .bhn:
      [
        "steps=10000", "batch=1024", "sliceImages=32", "optimizer=adam", "learningRate=0.001",
        "weightDecay=0", "schedule=exponential", "finalLearningRate=0.0001", "drops=[]",
      ].map { "baseline.\($0)" }
    default: []
    }
  }

  /// Whether networks train as the recipe says and nothing is kept of their way: a checkpoint of one such method can be taken up by
  /// another.
  public var isPlain: Bool {
    [.sgd, .deepEnsemble, .weightNoise, .average, .gaussianFit].contains(self)
  }
}
