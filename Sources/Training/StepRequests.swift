// Wishes that go round with a step's results.

/// What ranks may ask for between steps; one rank's wish is every rank's.
public struct StepRequests: Sendable, OptionSet {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Save and end.
  public static let stop = StepRequests(rawValue: 1)
  /// Save.
  public static let checkpoint = StepRequests(rawValue: 2)
  /// Not to make the step at hand: what this rank knows of it, which should be the same on all, is not finite.
  static let skip = StepRequests(rawValue: 4)

  /// As one of the numbers that ranks gather. What is none of them says that something is wrong with the step.
  init(gathered number: Double) {
    self = Int(exactly: number).map { StepRequests(rawValue: $0) } ?? .skip
  }
}
