import Host

/// Why an ensemble cannot be measured.
public struct EvaluationError: UserFacingError {
  public let description: String
  /// It follows from the request, or from sums over all ranks.
  public var isMetByAllRanks: Bool { true }

  public init(description: String) { self.description = description }
}
