// What keeps the random numbers of different parts apart.

/// What a stream of random numbers is used for. Streams of different purposes never overlap.
public enum RandomPurpose: UInt32, Sendable {
  case initialization = 1
  case latents = 2
  case shuffle = 3
  case evaluationLatents = 4
  case glyphs = 5
  case validationLatents = 6
  case candidates = 7
  case augmentation = 8
  case outliers = 9
  case attackTargets = 10
  case memberInitialization = 11
  case memberDraws = 12
  case dropout = 13
  case calibrationHalves = 14
  case memberLatents = 15
  case networkOrders = 16
  case divergence = 17
  case couplingOrder = 18
  case probeImages = 20
  case toyMixture = 21
  /// Which training images are for validation.
  case heldOut = 22
  case curve = 23
  case studyOrder = 24
  case bootstrap = 25
  case imbalance = 26
  case test = 99
}
