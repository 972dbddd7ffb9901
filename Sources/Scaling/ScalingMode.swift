// What grows with the cores of a scaling study.

/// Whether the problem stays as it is or grows with the cores, and whether times are measured or simulated.
public enum ScalingMode: String, Sendable, CaseIterable {
  case strong
  /// As many latents, and shards, a core at every point.
  case weak
  case simulatedStrong = "simulated-strong"
  case simulatedWeak = "simulated-weak"

  public init(isWeak: Bool, isSimulated: Bool) {
    self =
      switch (isWeak, isSimulated) {
      case (false, false): .strong
      case (true, false): .weak
      case (false, true): .simulatedStrong
      case (true, true): .simulatedWeak
      }
  }

  public var isWeak: Bool { self == .weak || self == .simulatedWeak }
  public var isSimulated: Bool { self == .simulatedStrong || self == .simulatedWeak }
}
