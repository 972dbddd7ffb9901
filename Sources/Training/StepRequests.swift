// Wishes that go round with a step's results.

/// What ranks may ask for between steps; one rank's wish is every rank's.
public struct StepRequests: Sendable, OptionSet {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Save and end.
  public static let stop = StepRequests(rawValue: 1)
  /// Save.
  public static let checkpoint = StepRequests(rawValue: 2)
}
