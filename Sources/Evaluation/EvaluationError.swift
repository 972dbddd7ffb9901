// Requests and networks that cannot be measured.

import Host

/// Why an ensemble cannot be measured.
public struct EvaluationError: UserFacingError {
  public let description: String
  /// It follows from the request, or from sums over all ranks.
  public var isMetByAllRanks: Bool { true }

  public init(description: String) { self.description = description }

  public static let weightsNotFinite = EvaluationError(
    description:
      "generated weights are not finite: the training has diverged. Take an earlier checkpoint")
}
