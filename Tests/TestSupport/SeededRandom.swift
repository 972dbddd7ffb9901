// Random numbers that a seed gives again.

/// SplitMix64 (Steele, Lea, Flood 2014).
public struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  /// Each trial of each experiment has numbers of its own.
  public init(seed: UInt64, experiment: String, trial: Int) {
    state = experiment.utf8.reduce(
      seed &* 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: trial)
    ) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
